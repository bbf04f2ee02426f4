import type { Node, NodeAPI, NodeDef } from "node-red";
import { type Message, Shift } from "../lib/shift";
import { readPress } from "../lib/shown";

interface InspectionConfig extends NodeDef {
  group: string;
  property: string;
  passthru?: boolean;
}

/** What we use of the dashboard's contract for widgets of others. */
interface Group extends Node {
  register(node: Node, config: InspectionConfig, events: WidgetEvents): void;
}
interface WidgetEvents {
  /** A dashboard's `widget-action` becomes a message of the node. */
  onAction: true;
  /** What goes to the dashboards of a message that came in, or out of the node of an action. */
  beforeSend: (message: Message) => Promise<Message>;
  onError: (error: Error) => void;
}

const ADDRESS = "golden-sample/dashboard";
/** Marks what came over a wire: whatever a browser sends has no symbols. */
const WIRED = Symbol("wired");

export = (RED: NodeAPI): void => {
  const shifts = new Map<string, Shift>();
  servePictures(RED, shifts);

  function create(this: Node, config: InspectionConfig): void {
    RED.nodes.createNode(this, config);
    const group = RED.nodes.getNode(config.group) as Group | null;
    if (!group) {
      this.status({ fill: "red", shape: "ring", text: "inspection.status.group" });
      return;
    }
    const root = String(RED.settings.httpNodeRoot ?? "/").replace(/\/?$/, "/");
    const shift = new Shift(`${root}${ADDRESS}/${this.id}`, Date.now());
    shifts.set(this.id, shift);
    const refresh = () => this.receive({ inspection: "refresh" } as never);

    // Before the dashboard's own listener, which sends to browsers whatever beforeSend leaves of a message.
    this.on("input", (input, _send, done) => {
      const message = input as Message;
      try {
        if (message.inspection !== "refresh") {
          const picture = RED.util.getMessageProperty(message, config.property || "payload") as unknown;
          shift.take(message, picture, Date.now());
        }
        done();
      } catch (thrown) {
        done(thrown as Error);
      }
      (message as { [WIRED]?: true })[WIRED] = true;
    });
    this.on("close", () => {
      shifts.delete(this.id);
    });
    group.register(this, Object.assign(config, { passthru: false }), {
      onAction: true,
      beforeSend: async (message) => {
        if (WIRED in message) return { _msgid: message._msgid, payload: shift.show() };
        const press = readPress(message.press);
        if (!press) throw new Error("The dashboard sent something else than a button: open its page anew.");
        const { _client } = message;
        setImmediate(refresh);
        return { ...shift.press(press), ...(_client !== undefined && { _client }), _msgid: RED.util.generateId() };
      },
      onError: ({ message }) => {
        this.error(message);
        shift.refuse(message);
        refresh();
      },
    });
  }
  RED.nodes.registerType("ui-golden-sample-inspection", create);
};

/** Pictures go over HTTP, beside the dashboard and behind the same doors. */
function servePictures(RED: NodeAPI, shifts: ReadonlyMap<string, Shift>): void {
  // httpNodeRoot: false in settings.js: there is no dashboard either.
  if (!RED.httpNode?.get) return;
  const { dashboard, ui } = RED.settings as { dashboard?: Guarded; ui?: Guarded };
  const guards = [(dashboard ?? ui)?.middleware ?? []].flat();
  RED.httpNode.get(`/${ADDRESS}/:node/:number/:kind`, ...guards, (request, response) => {
    const { node, number, kind } = request.params as Record<string, string>;
    const shift = shifts.get(node!);
    const picture = shift?.picture(Number(number), kind!);
    response.set("Cache-Control", "no-store");
    // What it is, its first bytes said: nothing else is made of it.
    response.set("X-Content-Type-Options", "nosniff");
    if (picture) response.type(picture.type).send(picture.data);
    // Of a part that a slow browser asks for too late there is nothing any more, which is no error.
    else response.status(shift?.had(Number(number)) && isKind(kind) ? 204 : 404).end();
  });
}

const isKind = (kind: string | undefined) => kind === "picture" || kind === "overlay";

type Guard = Parameters<NodeAPI["httpNode"]["get"]>[1];
interface Guarded {
  middleware?: Guard | Guard[];
}
