/**
 * The public API, and the only door into lib/ for nodes and the command line. A program without Node-RED starts with
 * `createInspector`; `acquireEngine` is the same inference process with all its requests.
 * @module
 */
export type { BackboneInfo, Fallback, Placement } from "./backbone/backbone";
export { BUILT_IN, BUILT_IN_RESOLUTION, BUILT_INS, isBuiltIn } from "./backbone/built-in/names";
export { defaultModelsDirectory, defaultResolution } from "./backbone/defaults";
export type { BackboneDescription } from "./backbone/description";
export { FITS, type Fit } from "./backbone/fit";
export { isModelName } from "./backbone/models/registry";
export { type ModelState, ModelStore } from "./backbone/models/store";
export { PRECISIONS } from "./backbone/precision";
export { readDescription } from "./backbone/read-description";
export { bankCalibration } from "./bank/file/bank-calibration";
export type { MadeDefects } from "./bank/memory-bank";
export type { VersionFacts as BankVersion } from "./bank/store/version-facts";
export { FILE_NAME as BANK_NAME, pathWithin } from "./confined-path";
export { examine, type Report } from "./doctor/doctor";
export type { Section } from "./doctor/section";
export type { ScoreResult } from "./engine/frames/score-frame";
export type { DeviceReport } from "./engine/loaded/backbones";
export type { Engine, EngineState, Method, RequestInput, Responses, RuntimeFacts } from "./engine/requests";
export type { BankState, Comparison } from "./engine/requests/bank";
export type { BuildResult } from "./engine/requests/build";
export type { Explanation } from "./engine/requests/explain";
export type { AcceptResult, DefectResult } from "./engine/requests/feedback";
export type { MaskMessage, MaskResult } from "./engine/requests/mask";
export type { CallOptions } from "./engine/requests/request";
export type { Replay, StoredBank } from "./engine/requests/schemas";
export type { BatchFailure, BatchItem } from "./engine/requests/score";
export { acquireEngine, type EngineOptions } from "./engine/supervisor/registry";
export { addWait } from "./engine/timing";
export { lateError, toGoldenSampleError } from "./errors";
export type { Dataset } from "./evaluate/data/dataset";

export { PREPROCESSINGS } from "./evaluate/data/preprocessing";
export { readDatasets } from "./evaluate/data/read-datasets";
export { type EvaluationOptions, type EvaluationProgress, evaluate } from "./evaluate/evaluate";
export type { Evaluation, Figures } from "./evaluate/evaluation";
export { renderMadeDefects } from "./evaluate/report/made-defects";
export { type ReportOptions, renderReport } from "./evaluate/report/report";
export {
  everyFigure,
  FIGURE_NAMES,
  FIGURES,
  type Figure,
  type Spread,
  type Summary,
  summarise,
  VERDICT_FIGURES,
} from "./evaluate/summary";
export { expandImages } from "./image/expand-images";
export { type ImageSource, type ImageSourceOptions, toImageSource } from "./image/source";
export * from "./inspector";
export { type DetectionRow, detectionTable, mustFind } from "./made-defects/detection";
export { briefOf, type Finds, findsOf, type MadeBrief, readBrief } from "./made-defects/finds";
export { isMaskedOut } from "./mask/grid-mask";
export { isPolygon, MOST_NAME, type NamedRegion } from "./mask/named-region";
export { readGridMask } from "./mask/read-grid-mask";
export { outlineOf, type Shape } from "./mask/shapes";
export { median } from "./median";
export { DEVICES, RUNTIMES } from "./runtime/types";
export { gridNumbers } from "./score/grid-buffer";
export {
  inWords,
  type PlainText,
  plain,
  type Sentence,
  type SentenceValue,
  saidOf,
  sentence,
  textOf,
  together,
} from "./sentence";
export { STATION_CODES } from "./station/codes";
export { covers } from "./station/covers";
export { isReserved } from "./station/ids";
export { initialState } from "./station/initial-state";
export { ahead, memoryOf, parseMemory, type StationMemory } from "./station/memory";
export { StationMemoryFile } from "./station/memory-file";
export { outputsOf } from "./station/outputs";
export { isReading, readSignals } from "./station/read-signals";
export { restoredState } from "./station/restored-state";
export { stepStation } from "./station/step";
export type {
  Recipe,
  StationAction,
  StationEvent,
  StationOutputs,
  StationSettings,
  StationState,
} from "./station/types";
export { type CalibrationOptions, THRESHOLD_RULES, type ThresholdRule, thresholdForRate } from "./threshold/calibrate";
export { commissionedThreshold, LEAST_PARTS, MOST_PARTS, unlikeParts } from "./threshold/commissioned";
export { readCommissioned } from "./threshold/commissioned-brief";
export { ConsecutiveFrames } from "./threshold/consecutive";
export { defaultThreshold } from "./threshold/default-threshold";
export { type Drift, DriftMonitor, type DriftState } from "./threshold/drift";
export {
  type LabelledGoal,
  type LabelledScore,
  type LabelledThreshold,
  thresholdFromLabels,
} from "./threshold/labelled";
export { fitProbability, type ProbabilityMap } from "./threshold/probability";
export {
  type AppliedThreshold,
  bankKey,
  type CommissioningUnderWay,
  type ThresholdChange,
  ThresholdMemory,
} from "./threshold/threshold-memory";
