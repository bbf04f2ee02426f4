/** The command was called wrongly: exit code 2, the usage on stderr. */
export class UsageError extends Error {}

export const USAGE = `golden-sample <command>

  score     --references DIR|FILE... | --bank FILE   IMAGE...
            [--distances DIR] [--overlay DIR]        score images of parts against good ones
  build     --references DIR|FILE... --out FILE      build a memory bank from images of good parts
  evaluate  --data DIR [--shots 1,2,4] [--seeds N]
            [--report DIR]                           AUROC on a folder in MVTec layout
  backbone                                           what is found out about a backbone

Options of all
  --backbone texture|FILE    built in, or an ONNX file: any ViT or CNN           [texture]
  --resolution PX            smaller edge images are brought to                  [320 for texture, 448]
  --description JSON|FILE    of an ONNX file, where it is to be used otherwise than found out
  --device NAME              auto, cpu, cuda, webgpu, directml, coreml           [auto]
  --rotate                   enrich the bank by eight rotations
  --mask[=auto|on|off]       PCA foreground mask on inspected images             [off; on without a value]
  --mask-references          leave the references' background out of the bank
  --metric cosine|l2         patch distance                                      [cosine]
  --neighbours K             nearest bank patches averaged                       [1]
  --coreset SHARE            keep this share of the bank, for example 0.1
  --json                     one JSON object a line on stdout and nothing else there
  --help`;
