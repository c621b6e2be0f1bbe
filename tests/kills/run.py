#!/usr/bin/env python3
"""Kills a working Mahnwerk at random moments and checks from outside that it kept its promises.

`run.py --bin PATH --kills N [--many] [--seed S] [--least-open M] [--keep DIR]`

In one process on a file, or with `--many` in many on PostgreSQL and NATS.
Ends with 0 when all holds, with 1 and a sentence for each thing that does not.
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "stage"))

import many  # noqa: E402
import one  # noqa: E402
from processes import Failed  # noqa: E402


def trial(args, folder):
    module, kind = (many, many.Many) if args.many else (one, one.One)
    stage = module.stage(args, folder)
    try:
        run = kind(args, stage)
        print(f"{len(run.portfolio.people)} debtors, {len(run.portfolio.owed)} claims, seed {args.seed}, in {folder}")
        findings = run.run()
        if run.hit < args.least_open:
            findings.append(f"only {run.hit} kills hit an open permit, and {args.least_open} must")
        return findings
    except Failed as failed:
        return [str(failed)]
    finally:
        stage.close()


def main():
    parser = argparse.ArgumentParser(description="Kills a working Mahnwerk and checks what is left.")
    parser.add_argument("--bin", type=Path, required=True, help="the program")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--many", action="store_true", help="every role as processes, on PostgreSQL and NATS")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--least-open", type=int, help="how many kills must hit an open permit; else 3 of 4")
    parser.add_argument("--keep", type=Path, help="a new folder for everything that is written, which stays")
    args = parser.parse_args()
    args.bin = args.bin.resolve()
    if args.least_open is None:
        args.least_open = args.kills * 3 // 4
    if args.keep:
        args.keep.mkdir(parents=True)
        findings = trial(args, args.keep.resolve())
    else:
        with tempfile.TemporaryDirectory(prefix="mahnwerk-kills-", dir="/tmp") as folder:
            findings = trial(args, Path(folder))
    for finding in findings:
        print(f"kills: {finding}")
    print("kills: FAILED" if findings else "kills: all promises held")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
