import { rm } from "node:fs/promises";
import { GoldenSampleError, mustFind, type Responses, type StoredBank, sentence } from "../../lib";
import { adminRoute } from "../shared/admin-route";
import { banksDirectory, checkBankName } from "../shared/bank-handle";
import { tellBankChanged } from "../shared/bank-news";
import { number } from "../shared/config";
import { asking, attempt, handlesNamed } from "../shared/deployed-banks";
import type { Runtime } from "../shared/node-red";
import { temporaryFile, withUpload } from "../shared/temporary-file";

const BUNDLE = ".safetensors";

/** Endpoints for the dialog: what is kept of a bank, and what can be done with its versions. */
export function bankRoutes(RED: Runtime): void {
  adminRoute(RED, "get", "banks/:name", "read", async ({ params }) => {
    const bank = storedBank(RED, params.name);
    return asking(RED, async (engine) => ({ json: await engine.call("bankState", { bank }) }));
  });

  adminRoute(RED, "get", "banks/:name/references/:index", "read", async ({ params }) => {
    const bank = storedBank(RED, params.name);
    const index = Number(params.index);
    return asking(RED, async (engine) => ({
      jpeg: (await engine.call("referencePicture", { bank, index })).picture,
    }));
  });

  changeRoute(RED, "banks/:name/references/:reference/leave-out", async ({ params, user }) => {
    const bank = storedBank(RED, params.name);
    const reference = numberOf(params.reference, sentence`[reference] reference`);
    const actor = { by: user };
    const [handle] = handlesNamed(RED, bank.name);
    if (!handle) throw notDeployed(bank.name);
    const { engine } = handle;
    const request = handle.buildRequest(actor);
    const { file } = await engine.call("leaveOut", { bank, reference, actor });
    return { json: { ...(await engine.call("build", request)), leftOut: file } };
  });

  adminRoute(RED, "post", "banks/:name/made-defects", "write", async ({ params }) => {
    const bank = storedBank(RED, params.name);
    const { backbone } = deployed(RED, bank.name);
    if (!backbone) throw notDeployed(bank.name);
    const made = await asking(RED, (engine) => engine.call("madeDefects", { bank, backbone, pictures: true }));
    return { json: { threshold: made.threshold, sheet: sheetOf(made) } };
  });

  adminRoute(RED, "get", "banks/:name/cost/:smallest", "read", async ({ params }) => {
    const bank = storedBank(RED, params.name);
    const { backbone } = deployed(RED, bank.name);
    if (!backbone) throw notDeployed(bank.name);
    const smallest = number(params.smallest, 0, "Smallest defect", { from: 0, to: 10_000 });
    const request = { bank, backbone, ...(smallest > 0 && { smallest }) };
    return asking(RED, async (engine) => ({ json: await engine.call("frameCost", request) }));
  });

  adminRoute(RED, "get", "banks/:name/log", "read", async ({ params }) => {
    const bank = storedBank(RED, params.name);
    return asking(RED, async (engine) => ({ json: await engine.call("auditLog", { bank }) }));
  });

  adminRoute(RED, "get", "banks/:name/compare/:version/:other", "read", async ({ params }) => {
    const bank = storedBank(RED, params.name);
    const versions: [number, number] = [numberOf(params.version), numberOf(params.other)];
    const { backbone, guard } = deployed(RED, bank.name);
    const request = { bank, versions, ...(backbone && { backbone }), guard };
    return asking(RED, async (engine) => ({ json: await engine.call("compareVersions", request) }));
  });

  adminRoute(RED, "get", "banks/:name/versions/:version/export", "read", async ({ params }) => {
    const bank = storedBank(RED, params.name);
    const version = numberOf(params.version);
    const file = temporaryFile(BUNDLE);
    try {
      await asking(RED, (engine) => engine.call("exportVersion", { bank, version, file }));
    } catch (thrown) {
      await rm(file, { force: true });
      throw thrown;
    }
    return { file, name: `${bank.name}-${version}.safetensors`, sent: () => rm(file, { force: true }) };
  });

  changeRoute(RED, "banks/:name/versions/:version/use", async ({ params, user }) => {
    const bank = storedBank(RED, params.name);
    const { backbone, guard } = deployed(RED, bank.name);
    const request = {
      bank,
      version: numberOf(params.version),
      ...(backbone && { backbone }),
      guard,
      actor: { by: user },
    };
    return asking(RED, async (engine) => ({ json: await engine.call("useVersion", request) }));
  });

  changeRoute(RED, "banks/:name/versions/:version/delete", async ({ params, user }) => {
    const bank = storedBank(RED, params.name);
    const { pinned } = deployed(RED, bank.name);
    const request = { bank, version: numberOf(params.version), pinned, actor: { by: user } };
    return asking(RED, async (engine) => ({ json: await engine.call("deleteVersion", request) }));
  });

  changeRoute(RED, "banks/:name/import", async (request) => {
    const bank = storedBank(RED, request.params.name);
    const { backbone, guard, pinned, keepVersions } = deployed(RED, bank.name);
    return withUpload(request, BUNDLE, async (file) => {
      const importing = { bank, file, ...(backbone && { backbone }), guard, pinned, keepVersions };
      return asking(RED, async (engine) => ({
        json: await engine.call("importVersion", { ...importing, actor: { by: request.user } }),
      }));
    });
  });

  changeRoute(RED, "banks/:name/undo", async ({ params, user }) => {
    const bank = storedBank(RED, params.name);
    return asking(RED, async (engine) => ({ json: await engine.call("undo", { bank, actor: { by: user } }) }));
  });
}

/** An endpoint that may change which version is in use. */
function changeRoute(RED: Runtime, path: string, answer: Parameters<typeof adminRoute>[4]): void {
  adminRoute(RED, "post", path, "write", async (request) => {
    const answered = await answer(request);
    tellBankChanged(RED, checkBankName(request.params.name ?? ""));
    return answered;
  });
}

const storedBank = (RED: Runtime, name = ""): StoredBank => ({
  directory: banksDirectory(RED),
  name: checkBankName(name),
});

const notDeployed = (name: string) =>
  new GoldenSampleError(
    "BAD_REQUEST",
    sentence`[noDeployedNode] No deployed node says how the bank "${{ bank: name }}" is built: deploy one with this bank first.`,
  );

/** Made defects to look at, those first that a threshold must find. */
function sheetOf({ defects, smallest, pictures = [] }: Responses["madeDefects"]) {
  const wanted = new Set(mustFind(defects, smallest));
  const shown = pictures.map(({ defect, picture }) => {
    const { kind, pixels, contrast, score, clean } = defects[defect]!;
    const facts = { kind, pixels, contrast, score, clean, counts: wanted.has(defects[defect]!) };
    return { ...facts, picture: picture.toString("base64") };
  });
  return shown.sort((a, b) => Number(b.counts) - Number(a.counts));
}

function numberOf(text = "", what = sentence`[version] version`): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new GoldenSampleError(
    "BAD_REQUEST",
    sentence`[noNumber] "${{ text: text.slice(0, 40) }}" is no ${{ what }}: give its number.`,
  );
}

/** What the deployed nodes of a bank say about it; a bank that none names is used by its own recipe. */
function deployed(RED: Runtime, name: string) {
  const handles = handlesNamed(RED, name);
  const [first] = handles;
  return {
    backbone: first && attempt(() => first.backbone),
    guard: (first && attempt(() => first.guard)) ?? {},
    keepVersions: (first && attempt(() => first.keepVersions)) ?? 10,
    pinned: handles.flatMap((bank) => attempt(() => bank.pinned()) ?? []),
  };
}
