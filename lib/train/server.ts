import { serve } from "../engine/ipc/serve";
import { createTraining } from "./create-training";

/** The trainer process: its loops hold up nobody but itself. */
void serve(({ runtime }) => ({ answer: createTraining(runtime) }));
