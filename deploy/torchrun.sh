#!/usr/bin/env bash
# Runs a command of lightning_module in several processes, on one machine or on many. On each:
#
#   NODES=2 NODE_RANK=0 MASTER=HOST_OF_RANK_0 PROCESSES=4 deploy/torchrun.sh fit --ckpt_path last
#
# NODES          machines (1)
# NODE_RANK      number of this one, from 0 (0)
# MASTER, PORT   where machine 0 is reached (127.0.0.1, 29500)
# PROCESSES      processes per machine (one per GPU, or one)
set -euo pipefail

NODES=${NODES:-1}
PROCESSES=${PROCESSES:-$(python -c 'import torch; print(torch.cuda.device_count() or 1)')}
# Otherwise torchrun would give each process a single thread.
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-$(( ($(nproc) + PROCESSES - 1) / PROCESSES ))}

exec python -m torch.distributed.run \
  --nnodes "$NODES" --node-rank "${NODE_RANK:-0}" --nproc-per-node "$PROCESSES" \
  --master-addr "${MASTER:-127.0.0.1}" --master-port "${PORT:-29500}" \
  -m lightning_module "$@" \
  --trainer.num_nodes "$NODES" --trainer.devices "$PROCESSES" --trainer.strategy ddp
