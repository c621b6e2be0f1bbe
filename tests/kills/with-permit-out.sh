#!/usr/bin/env bash
# Shows that run.py can fail: a copy of what is committed, with the permit taken out of the log, is killed the same way.
#
#   with-permit-out.sh [KILLS [SEED]]
#
# Never killed, the copy must pass; killed, it must fail because escalations went out twice. Ends with 0 if both are so.
# Builds the copy from nothing, which takes some minutes; MAHNWERK_SCRATCH names a folder to keep for the next time.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
kills=${1:-5}
seed=${2:-1}

if [ -n "${MAHNWERK_SCRATCH-}" ]; then
  scratch=$MAHNWERK_SCRATCH
  mkdir -p "$scratch"
else
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
fi
rm -rf "$scratch/tree"
mkdir "$scratch/tree"
git -C "$here/../.." archive HEAD | tar -x -C "$scratch/tree"
cd "$scratch/tree"
if ! git apply "$here/no-permit.patch"; then
  echo "with-permit-out: no-permit.patch does not fit what is committed any more; make it anew"
  exit 1
fi
# What the patch leaves unused is warned of, which matters to nobody.
if ! CARGO_TARGET_DIR="$scratch/target" cargo build --quiet --package mahnwerk 2>"$scratch/build.log"; then
  cat "$scratch/build.log"
  echo "with-permit-out: the patched copy does not build; make no-permit.patch anew"
  exit 1
fi
program="$scratch/target/debug/mahnwerk"

echo "With the permit taken out and nobody killed:"
python3 "$here/run.py" --bin "$program" --kills 0 --seed "$seed" || exit 1

echo "With the permit taken out and $kills kills:"
said=$(python3 "$here/run.py" --bin "$program" --kills "$kills" --least-open 0 --seed "$seed") && {
  echo "$said"
  echo "with-permit-out: FAILED: without the permit nothing was doubled, so the check checks nothing"
  exit 1
}
echo "$said"
if ! grep -q 'escalations reached a person or a provider twice' <<<"$said"; then
  echo "with-permit-out: FAILED: the check failed, but not because an escalation went out twice"
  exit 1
fi
echo "with-permit-out: as it must be: without the permit the same check fails"
