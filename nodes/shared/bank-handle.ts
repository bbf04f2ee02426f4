import { join } from "node:path";
import { BANK_NAME, type Engine, GoldenSampleError, type RequestInput, type StoredBank, sentence } from "../../lib";
import { BackboneHandle, type BackboneSpec, userDirectory } from "./backbone-handle";
import { choice, deferred, flag, number, text } from "./config";
import type { NodeConfig, Runtime } from "./node-red";

type BankSettings = RequestInput<"build">["settings"];
/** What is done about known defects that a change would let pass. */
type Guard = NonNullable<RequestInput<"build">["guard"]>;

interface ReadBank {
  name: string;
  version: number | undefined;
  keepVersions: number;
  settings: BankSettings;
  guard: Guard;
  madeDefects: boolean;
}

/** Where the banks of this Node-RED lie. */
export function banksDirectory(RED: Runtime): string {
  return join(userDirectory(RED), "golden-sample", "banks");
}

/** @throws {GoldenSampleError} BAD_REQUEST for a name that could not be a folder's, or would be one elsewhere */
export function checkBankName(name: string): string {
  if (BANK_NAME.test(name)) return name;
  throw new GoldenSampleError(
    "BAD_REQUEST",
    sentence`[badBankName] "${{ name: name.slice(0, 64) }}" cannot be a bank's name: use up to 64 letters, digits, dots, dashes and underscores, none of them a dot at the end, and no name of a Windows device such as con.`,
  );
}

function readBank(config: NodeConfig): ReadBank {
  const keep = number(config.keep, 10, "Keep", { from: 0.1, to: 100 });
  const threshold = text(config.threshold, "");
  const smallest = number(config.smallest, 0, "Smallest defect", { from: 0, to: 10_000 });
  const version = number(config.version, 0, "Version", { from: 0, whole: true });
  return {
    name: checkBankName(text(config.name, "")),
    version: version === 0 ? undefined : version,
    keepVersions: number(config.keepVersions, 10, "Keep versions", { from: 1, whole: true }),
    guard: {
      mode: choice(config.guard, ["refuse", "warn", "off"], "refuse", "Known defects"),
      // Of flows saved when the bank had a rate of its own: it holds until its dialog is saved again.
      ...(text(config.rate, "") !== "" && { rate: number(config.rate, 1, "Rate", { from: 0.0001, to: 99 }) / 100 }),
      ...(threshold !== "" && { threshold: number(threshold, 0, "Threshold") }),
    },
    // Nodes of earlier versions go on as they did.
    madeDefects: flag(config.madeDefects),
    settings: {
      rotate: flag(config.rotate),
      mask: choice(config.mask, ["auto", "on", "off"], "auto", "Foreground mask"),
      maskReferences: flag(config.maskReferences),
      metric: choice(config.metric, ["cosine", "l2"], "cosine", "Distance"),
      neighbours: number(config.neighbours, 1, "Neighbours", { from: 1, to: 64, whole: true }),
      place: choice(config.place, ["auto", "same", "anywhere"], "auto", "Part lies"),
      missing: choice(config.missing, ["auto", "off"], "auto", "Missing parts"),
      tolerance: number(config.tolerance, 0, "Tolerance", { from: 0, to: 10_000 }),
      scorer: choice(config.scorer, ["nearest", "subspace"], "nearest", "Scorer"),
      ...(smallest > 0 && { smallest }),
      // Nodes of earlier versions go on as they did.
      region: choice(config.region, ["whole", "crop", "auto"], "whole", "Region"),
      search: choice(config.search, ["auto", "exact", "clustered"], "auto", "Search"),
      reduction:
        choice(config.reduction, ["none", "coreset"], "none", "Reduction") === "coreset"
          ? { method: "coreset", keep: keep / 100 }
          : { method: "none" },
    },
  };
}

/** A deployed bank: where it is kept, how it is built, and the backbone it belongs to. */
export class BankHandle {
  private readonly settingsAsSaved: () => ReadBank;
  private readonly directory: string;
  private renamed: string | undefined;

  constructor(
    private readonly RED: Runtime,
    private readonly config: NodeConfig,
  ) {
    this.settingsAsSaved = deferred(() => readBank(config));
    this.directory = banksDirectory(RED);
  }

  /** Its files were moved to another name, which its settings get with the next deploy. */
  rename(to: string): void {
    this.renamed = to;
  }

  private read(): ReadBank {
    const own = this.settingsAsSaved();
    return this.renamed === undefined ? own : { ...own, name: this.renamed };
  }

  /** @throws {GoldenSampleError} where the settings cannot be used */
  get settings(): BankSettings {
    return this.read().settings;
  }

  get keepVersions(): number {
    return this.read().keepVersions;
  }

  /** Whether a build is followed by a test of what it would catch. */
  get madeDefects(): boolean {
    return this.read().madeDefects;
  }

  get guard(): Guard {
    return this.read().guard;
  }

  get backbone(): BackboneSpec {
    return this.backboneHandle.spec;
  }

  get engine(): Engine {
    return this.backboneHandle.engine;
  }

  /** @param name of another bank with the same settings; a version fixed in the settings is not meant for it */
  location(name?: string): RequestInput<"score">["bank"] {
    const own = this.read();
    const version = name === undefined || name === own.name ? own.version : undefined;
    return { ...this.stored(name), ...(version !== undefined && { version }) };
  }

  /** The version that is set in the dialog: it must not be deleted. @param name as for `location` */
  pinned(name?: string): number[] {
    const { version } = this.location(name) as { version?: number };
    return version === undefined ? [] : [version];
  }

  /** The bank without a version, for what changes it. */
  stored(name?: string): StoredBank {
    return { directory: this.directory, name: name === undefined ? this.read().name : checkBankName(name) };
  }

  /** What builds it as it is set. @param name as for `location` @throws {GoldenSampleError} BAD_REQUEST where the settings cannot be used */
  buildRequest(actor: RequestInput<"build">["actor"], name?: string) {
    const { backbone, settings, keepVersions, guard } = this;
    return { bank: this.stored(name), backbone, settings, keepVersions, pinned: this.pinned(name), guard, actor };
  }

  /** Looked up each time: on a deploy, config nodes come and go beside the nodes that use them. */
  private get backboneHandle(): BackboneHandle {
    const node = this.RED.nodes.getNode(text(this.config.backbone, "")) as { backbone?: unknown } | null;
    if (node?.backbone instanceof BackboneHandle) return node.backbone;
    throw new GoldenSampleError(
      "BAD_REQUEST",
      sentence`[bankWithoutBackbone] The bank "${{ bank: text(this.config.name, "") }}" has no backbone, or it is disabled: choose one in the bank's settings and deploy.`,
    );
  }
}

/** @throws {GoldenSampleError} BAD_REQUEST where `id` is no deployed bank */
export function findBank(RED: Runtime, id: unknown): BankHandle {
  const node = RED.nodes.getNode(text(id, "")) as { bank?: unknown } | null;
  if (node?.bank instanceof BankHandle) return node.bank;
  throw new GoldenSampleError(
    "BAD_REQUEST",
    sentence`[noBank] The node has no bank, or it is disabled: choose one in the node's dialog and deploy.`,
  );
}
