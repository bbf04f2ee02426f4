#!/bin/sh
# From nothing to the backbone: training/train.sh FOLDER [MINUTES of distillation]. Crops and distillation go on where they
# were stopped.
set -eu
here=$(dirname "$0")
folder=$1
minutes=${2:-220}
mkdir -p "$folder"
# Without these a third of the time goes to the kernel, which gives malloc's pages back and forth.
export MALLOC_MMAP_THRESHOLD_=4000000000 MALLOC_TRIM_THRESHOLD_=40000000000 MALLOC_TOP_PAD_=500000000 MALLOC_ARENA_MAX=2
export OMP_WAIT_POLICY=PASSIVE
[ -e "$folder/crops.npy" ] || python "$here/crops.py" --sources "$folder/sources" --out "$folder/crops.npy"
python "$here/distil.py" --crops "$folder/crops.npy" --minutes "$minutes" --out "$folder/distilled.pt"
python "$here/episodes.py" --crops "$folder/crops.npy" --distilled "$folder/distilled.pt" --out "$folder/trained.pt"
python "$here/export.py" "$folder/trained.pt" "$folder/backbone.onnx"
python "$here/validate.py" --crops "$folder/crops.npy" "$folder/trained.pt"
