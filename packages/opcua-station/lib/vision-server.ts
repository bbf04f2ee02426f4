import { join } from "node:path";
import type { UAStateMachineEx } from "node-opcua-address-space";
import { type ISessionContext, promoteToStateMachine, type UAMethod, type UAObject } from "node-opcua-address-space";
import { OPCUACertificateManager } from "node-opcua-certificate-manager";
import { nodesets } from "node-opcua-nodesets";
import { SecurityPolicy } from "node-opcua-secure-channel";
import { OPCUAServer } from "node-opcua-server";
import { StatusCodes } from "node-opcua-status-code";
import { MessageSecurityMode } from "node-opcua-types";
import { DataType, Variant, VariantArrayType } from "node-opcua-variant";
import { mayCall } from "./access";
import { resultData } from "./result";
import type { StationResult, StationStateName } from "./station";
import { watchFolder } from "./watch-folder";

const MACHINE_VISION = "http://opcfoundation.org/UA/MachineVision";
/** Results that GetResultById finds. */
const KEPT = 1000;
const OPERATIONAL: readonly StationStateName[] = ["Initialized", "Ready", "SingleExecution", "ContinuousExecution"];

export interface VisionServerOptions {
  port: number;
  /** Where the server's own certificate and those of its clients lie. */
  certificates: string;
  /** Who may start jobs. */
  user: { name: string; password: string };
  /** Whether everybody else may read, without a certificate, too. */
  anonymous: boolean;
  /** @returns the number of the inspection; a rejection with `code` is an Error of the method */
  startJob: (partId: string, recipe: string) => Promise<number>;
  halt: () => void;
  reset: () => void;
}

/** Of several transitions between the same states, by itself or by a method. */
const first = <T>(transitions: T[]): T | null => transitions[0] ?? null;

type Answer = { error: number; outputs?: Variant[] };
type Work = (inputs: Variant[]) => Promise<Answer> | Answer;

/** An OPC UA server with one vision system of OPC 40100-1. */
export class VisionServer {
  private readonly results = new Map<string, ReturnType<typeof resultData>>();
  private readonly certificates: OPCUACertificateManager;
  private readonly server: OPCUAServer;
  private system!: UAObject;
  private machine!: UAStateMachineEx;
  private automatic!: UAStateMachineEx;
  private namespace = 0;
  private unwatch: () => void = () => undefined;

  private constructor(private readonly options: VisionServerOptions) {
    const { port, certificates, user, anonymous } = options;
    const open = anonymous ? [SecurityPolicy.None] : [];
    const openMode = anonymous ? [MessageSecurityMode.None] : [];
    this.certificates = new OPCUACertificateManager({
      rootFolder: certificates,
      automaticallyAcceptUnknownCertificate: false,
    });
    this.server = new OPCUAServer({
      port,
      resourcePath: "/UA/Station",
      nodeset_filename: [nodesets.standard, nodesets.machineVision],
      serverCertificateManager: this.certificates,
      allowAnonymous: anonymous,
      securityPolicies: [SecurityPolicy.Basic256Sha256, SecurityPolicy.Aes256_Sha256_RsaPss, ...open],
      securityModes: [MessageSecurityMode.SignAndEncrypt, ...openMode],
      userManager: {
        isValidUser: (name: string, password: string) =>
          user.name !== "" && name === user.name && password === user.password,
      },
      buildInfo: { productName: "Golden Sample station", productUri: "urn:golden-sample:opcua-station" },
    });
  }

  static async start(options: VisionServerOptions): Promise<VisionServer> {
    const vision = new VisionServer(options);
    await vision.server.initialize();
    vision.build();
    await vision.server.start();
    const trusted = join(options.certificates, "trusted", "certs");
    vision.unwatch = watchFolder(trusted, () => vision.certificates.reloadCertificates());
    return vision;
  }

  get url(): string {
    return this.server.getEndpointUrl();
  }

  async stop(): Promise<void> {
    this.unwatch();
    await this.server.shutdown(0);
  }

  show(state: StationStateName): void {
    const isOperational = OPERATIONAL.includes(state);
    const outer = isOperational ? "Operational" : state;
    if (this.machine.getCurrentState() !== `${this.namespace}:${outer}`) this.machine.setState(outer, first);
    if (isOperational && this.automatic.getCurrentState() !== `${this.namespace}:${state}`)
      this.automatic.setState(state, first);
  }

  /** Keeps a result and raises ResultReadyEvent. */
  ready(result: StationResult): void {
    const { addressSpace } = this;
    const type = addressSpace.findDataType("ResultDataType", this.namespace)!;
    const data = resultData(addressSpace, type, result, new Date());
    this.results.set(String(result.inspectionId), data);
    if (this.results.size > KEPT) this.results.delete(this.results.keys().next().value!);
    const event = addressSpace.findEventType("ResultReadyEventType", this.namespace)!;
    const fields = data as unknown as Record<string, unknown>;
    const variant = (dataType: DataType, value: unknown) => new Variant({ dataType, value });
    const structure = (name: string) => variant(DataType.ExtensionObject, fields[name]);
    const text = { text: `${result.kind}: part ${result.partId ?? ""}` };
    this.system.raiseEvent(event, {
      message: variant(DataType.LocalizedText, text),
      isPartial: variant(DataType.Boolean, false),
      isSimulated: variant(DataType.Boolean, false),
      resultId: structure("resultId"),
      resultState: variant(DataType.Int32, fields.resultState),
      partId: structure("partId"),
      internalRecipeId: structure("internalRecipeId"),
      internalConfigurationId: structure("internalConfigurationId"),
      jobId: structure("jobId"),
      creationTime: variant(DataType.DateTime, fields.creationTime),
      processingTimes: structure("processingTimes"),
      resultContent: new Variant({
        ...{ dataType: DataType.Variant, arrayType: VariantArrayType.Array },
        value: fields.resultContent,
      }),
    });
  }

  private get addressSpace() {
    return this.server.engine.addressSpace!;
  }

  private build(): void {
    const { addressSpace, options } = this;
    this.namespace = addressSpace.getNamespaceIndex(MACHINE_VISION);
    this.system = addressSpace.findObjectType("VisionSystemType", this.namespace)!.instantiate({
      browseName: "VisionSystem",
      namespace: addressSpace.getOwnNamespace(),
      organizedBy: addressSpace.rootFolder.objects,
      eventSourceOf: addressSpace.rootFolder.objects.server,
      optionals: ["VisionStateMachine.AutomaticModeStateMachine", "ResultManagement"],
    });
    this.machine = this.child(this.system, "VisionStateMachine") as UAStateMachineEx;
    this.automatic = this.child(this.machine, "AutomaticModeStateMachine") as UAStateMachineEx;
    promoteToStateMachine(this.machine);
    promoteToStateMachine(this.automatic);
    this.machine.setState("Preoperational", first);
    this.automatic.setState("Initialized", first);
    this.bind(this.automatic, "StartSingleJob", async (inputs) => {
      const [, partId, recipe] = inputs.map(({ value }) => String((value as { id?: string } | null)?.id ?? ""));
      try {
        const id = String(await options.startJob(partId ?? "", recipe ?? ""));
        return { error: 0, outputs: [this.structure("JobIdDataType", { id })] };
      } catch (thrown) {
        const error = Number((thrown as { code?: unknown }).code) || -1;
        return { error, outputs: [this.structure("JobIdDataType", { id: "" })] };
      }
    });
    this.bind(this.machine, "Halt", () => {
      options.halt();
      return { error: 0 };
    });
    this.bind(this.machine, "Reset", () => {
      options.reset();
      return { error: 0 };
    });
    const management = this.child(this.system, "ResultManagement");
    this.bind(management, "GetResultById", ([resultId]) => {
      const id = String((resultId?.value as { id?: string } | null)?.id);
      const result = this.results.get(id);
      const handle = new Variant({ dataType: DataType.UInt32, value: 0 });
      const none = new Variant({ dataType: DataType.ExtensionObject, value: null });
      if (!result) return { error: -1, outputs: [handle, none] };
      return { error: 0, outputs: [handle, new Variant({ dataType: DataType.ExtensionObject, value: result })] };
    });
  }

  private child(parent: UAObject, name: string): UAObject {
    return parent.getComponentByName(name, this.namespace) as UAObject;
  }

  /** The method's last output argument is `Error`: 0, or why not. */
  private bind(object: UAObject, name: string, work: Work): void {
    const method = object.getMethodByName(name, this.namespace) as UAMethod;
    method.bindMethod(async (inputs: Variant[], context: ISessionContext) => {
      if (!mayCall(context)) return { statusCode: StatusCodes.BadUserAccessDenied };
      const { error, outputs = [] } = await work(inputs);
      const outputArguments = [...outputs, new Variant({ dataType: DataType.Int32, value: error })];
      return { statusCode: StatusCodes.Good, outputArguments };
    });
  }

  private structure(type: string, fields: Record<string, unknown>): Variant {
    const { addressSpace } = this;
    const value = addressSpace.constructExtensionObject(addressSpace.findDataType(type, this.namespace)!, fields);
    return new Variant({ dataType: DataType.ExtensionObject, value });
  }
}
