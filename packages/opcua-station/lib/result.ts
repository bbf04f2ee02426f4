import type { IAddressSpace, UADataType } from "node-opcua-address-space";
import { DataType, Variant } from "node-opcua-variant";
import type { StationResult } from "./station";

/** ResultStateDataType. */
const STATE = { completed: 1, aborted: 3, failed: 4 };
/** The station's codes of a result that somebody has ended: halted, reset. */
const ABORTED = [6, 35];

/**
 * The result as OPC 40100-1 has it. Its ResultContent is `[pass, kind, score, threshold, resultCode]`: Boolean, String,
 * Double, Double, UInt16.
 */
export function resultData(addressSpace: IAddressSpace, type: UADataType, result: StationResult, created: Date) {
  const { inspectionId, partId, recipe, kind, code, score, threshold, timing } = result;
  const { exposed = 0, judged = exposed } = timing;
  const failed = ABORTED.includes(code) ? STATE.aborted : STATE.failed;
  return addressSpace.constructExtensionObject(type, {
    resultId: { id: String(inspectionId) },
    isPartial: false,
    isSimulated: false,
    resultState: kind === "fault" ? failed : STATE.completed,
    partId: { id: partId === null ? "" : String(partId) },
    internalRecipeId: { id: String(recipe) },
    internalConfigurationId: { id: "station" },
    jobId: { id: String(inspectionId) },
    creationTime: created,
    processingTimes: {
      startTime: new Date(created.getTime() - judged),
      endTime: created,
      acquisitionDuration: exposed,
      processingDuration: judged - exposed,
    },
    resultContent: [
      new Variant({ dataType: DataType.Boolean, value: kind === "pass" }),
      new Variant({ dataType: DataType.String, value: kind }),
      new Variant({ dataType: DataType.Double, value: score }),
      new Variant({ dataType: DataType.Double, value: threshold }),
      new Variant({ dataType: DataType.UInt16, value: code }),
    ],
  });
}
