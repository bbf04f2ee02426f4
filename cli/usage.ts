/** The command was called wrongly: exit code 2, the usage on stderr. */
export class UsageError extends Error {}

export const USAGE = `golden-sample <command>

  score     --references DIR|FILE... | --bank FILE   IMAGE...
            [--distances DIR] [--overlay DIR]        score images of parts against good ones
  build     --references DIR|FILE... --out FILE      build a memory bank from images of good parts
  evaluate  --data DIR [--shots 0,1,2,4] [--seeds N]
            [--preprocess agnostic|informed|masking-only] [--image-only] [--report DIR]
            [--verdicts [--no-made-defects]]         and what passes and is rejected at the default threshold, and what
                                                     it finds of test defects
                                                     figures on folders in MVTec or VisA layout; --backbone
                                                     takes several, with commas; 0 shots: without references
  batch     IMAGE... [--distances DIR] [--overlay DIR]
                                                     score images against one another, without references
  threshold --references DIR|FILE... | --bank FILE | --scores FILE
            [--rate PCT] [--rule balanced|auto|conformal|tail|percentile]
            [--commission DIR|FILE]                  thresholds and what each promises, * the default; from parts off the
            [--good DIR|FILE] [--bad DIR|FILE]       line that are mostly good, from labelled images
            [--goal f1|escape|costs] [--escape-rate PCT]
            [--cost-reject N] [--cost-escape N]
            [--prevalence PCT] [--no-made-defects]   or JSON lines {"score", "label"?: "good"|"bad"}
  made-defects  --references DIR|FILE... [--bank FILE]
            [--threshold SCORE] [--count N]
            [--seconds S] [--report DIR]             what a threshold would find: defects painted on the references,
                                                     of every kind, size and contrast; a page to look at them
  models    list | verify NAME | import NAME FILE
            download NAME [--out DIR]                models by name, and what is on disk
  banks     list [NAME] | use NAME VERSION | delete NAME VERSION
            compare NAME A B | undo NAME | log NAME
            export NAME [VERSION] --out FILE [--no-frames]
            import NAME FILE [--use]                 the banks of a Node-RED, and their versions
  offline-bundle  --out FILE.tgz [--os linux|win32|darwin]
            [--cpu x64|arm64|arm]
            [--libc glibc|musl] [--package FILE]     all that an install needs in one file, for a machine
                                                     without a network; by default one like this
  backbone                                           what is found out about a backbone
  doctor    [--rate FRAMES] [--smallest PX]          what this machine inspects with, how fast, and what would be
                                                     faster; what to set for so many frames a second; what
                                                     frames looked at for small defects take

Options of models, and of the others where the backbone is a name
  --models DIR               where models are kept [$GOLDEN_SAMPLE_MODELS, or ~/.node-red/golden-sample/models]
  --mirror URL               a server in the layout of huggingface.co, in its place

Options of banks
  --banks DIR                where banks are kept [$GOLDEN_SAMPLE_BANKS, or ~/.node-red/golden-sample/banks]
  --guard refuse|warn|off    what is done about known defects that would pass    [refuse]
  --rate PERCENT, --threshold SCORE  where a defect passes                       [the balanced threshold]
  --backbone ...             only where a version cannot say itself which it needs

Options of score, batch, build, evaluate, threshold, made-defects and backbone
  --backbone NAME|FILE       lite or texture (built in), a model, or an ONNX file [lite]
  --resolution PX            smaller edge images are brought to                  [320 built in, else 448]
  --fit all|crop             whole frames brought to whole patches, or right and
                             bottom cropped as the paper's authors do            [all; of --bank its own]
  --description JSON|FILE    of an ONNX file, where it is to be used otherwise than found out
  --device NAME              auto, cpu, cuda, tensorrt, webgpu, directml,
                             coreml, remote                                      [auto]
  --device-index N           which of several GPUs, from 0                       [0]
  --precision P              fp32, fp16, int8 of a model by name that has it
  --runtime NAME             auto, native, portable (WebAssembly)                [auto]
  --memory MB                budget of the inference process, 200 or more        [$GOLDEN_SAMPLE_MEMORY, or none]
  --endpoint URL             inference server of --device remote; repeatable.
                             --backbone is then the model's name there, and the
                             environment's GOLDEN_SAMPLE_TOKEN its token
  --model-version V, --ca FILE   version of that model, authority of its certificate (PEM)
Options of these that a bank is built with; --bank FILE has its own, batch only --mask and --smallest
  --rotate                   enrich the bank by eight rotations
  --mask[=auto|on|off]       PCA foreground mask on inspected images             [off; on without a value]
  --mask-references          leave the references' background out of the bank
  --metric cosine|l2         patch distance                                      [cosine]
  --neighbours K             nearest bank patches averaged                       [1]
  --coreset SHARE            keep this share of the bank, for example 0.1
  --scorer nearest|subspace  distance to the nearest patches, or to their subspace [nearest]
  --place auto|same|anywhere compare patches with those in the same place          [auto; anywhere with --fit crop]
  --missing auto|off         also ask whether everything is there that a reference shows [auto; off with --fit crop]
  --tolerance PX             how far parts may lie from their place, in pixels of the picture [one patch]
  --smallest PX              smallest defect to find, in pixels of the picture: large frames are
                             looked at finely enough for it, which takes its time [the resolution decides]
  --search auto|exact|clustered  how the bank is searched                        [auto: by its size]
  --json                     one JSON object a line on stdout and nothing else there
  --help`;
