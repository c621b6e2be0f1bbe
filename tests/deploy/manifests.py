#!/usr/bin/env python3
"""Checks of what is written for containers that no tool at hand makes: every container is closed, bounded and asked how it is.

    manifests.py --kubernetes RENDERED.yaml | --compose compose.yaml | --dockerfile Dockerfile

Ends with 1 and a sentence for each thing that is missing.
"""

import argparse
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
ROLES = {"scheduler", "ingest", "worker-sms", "worker-email", "worker-social", "worker-call"}
WORKLOADS = ("Deployment", "StatefulSet", "Job")


def kubernetes(documents):
    workloads = {each["metadata"]["name"]: each for each in documents if each["kind"] in WORKLOADS}
    of_roles = {each["metadata"]["labels"]["app.kubernetes.io/component"] for each in workloads.values()} - {"migrate"}
    if of_roles != ROLES:
        yield f"roles with a workload are {sorted(of_roles)} in place of {sorted(ROLES)}"
    budgets = [each["spec"]["selector"]["matchLabels"] for each in documents if each["kind"] == "PodDisruptionBudget"]
    policies = [each["spec"] for each in documents if each["kind"] == "NetworkPolicy"]
    if not any(set(spec["policyTypes"]) == {"Ingress", "Egress"} and not spec.get("ingress") and not spec.get("egress")
               for spec in policies):
        yield "no network policy closes everything that is not named"
    for name, each in workloads.items():
        template = each["spec"]["template"]
        yield from pod(name, template["spec"], each["kind"] == "Job")
        if each["kind"] == "Job":
            continue
        labels = template["metadata"]["labels"]
        if not any(wanted.items() <= labels.items() for wanted in budgets):
            yield f"{name} has no disruption budget"
        # The call list is one: there is nothing to spread.
        if each["spec"].get("replicas") != 1 and not template["spec"].get("topologySpreadConstraints"):
            yield f"{name} is not spread"
        if not each["spec"]["selector"]["matchLabels"].items() <= labels.items():
            yield f"{name} selects other pods than its own"
    if any(each["kind"] == "Secret" for each in documents):
        yield "a secret is included"


def pod(name, spec, is_job):
    own = spec.get("securityContext", {})
    if not own.get("runAsNonRoot") or own.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        yield f"{name} may run as root, or with any system call"
    if spec.get("automountServiceAccountToken") is not False:
        yield f"{name} gets a token of the cluster"
    volumes = {volume["name"] for volume in spec["volumes"]}
    for container in spec.get("initContainers", []) + spec["containers"]:
        who = f"{name}, container {container['name']}"
        closed = container.get("securityContext", {})
        if closed.get("allowPrivilegeEscalation") is not False or not closed.get("readOnlyRootFilesystem") \
                or closed.get("capabilities", {}).get("drop") != ["ALL"]:
            yield f"{who} is not closed"
        for kind in ("requests", "limits"):
            if set(container.get("resources", {}).get(kind, {})) != {"cpu", "memory"}:
                yield f"{who} has no {kind} of processor and memory"
        for mount in container.get("volumeMounts", []):
            if mount["name"] not in volumes:
                yield f"{who} mounts {mount['name']}, which the pod does not have"
        if any("PASSWORD" in env["name"] and not env["name"].endswith("_FILE") for env in container.get("env", [])):
            yield f"{who} has a password in its environment"
    for container in [] if is_job else spec["containers"]:
        paths = {kind: container.get(kind, {}).get("httpGet", {}).get("path")
                 for kind in ("startupProbe", "livenessProbe", "readinessProbe")}
        if paths != {"startupProbe": "/livez", "livenessProbe": "/livez", "readinessProbe": "/readyz"}:
            yield f"{name}, container {container['name']} is asked {paths}"


# Those that end by themselves.
ONCE = {"volumes", "init", "migrate"}


def compose(document):
    services, secrets, volumes = document["services"], document["secrets"], document["volumes"]
    for name, service in services.items():
        if not service.get("read_only") or service.get("cap_drop") != ["ALL"] \
                or service.get("security_opt") != ["no-new-privileges:true"]:
            yield f"{name} is not closed"
        if set(service.get("deploy", {}).get("resources", {}).get("limits", {})) != {"cpus", "memory", "pids"}:
            yield f"{name} has no limits of processor, memory and processes"
        for port in service.get("ports", []):
            if not port.startswith("127.0.0.1:"):
                yield f"{name} publishes {port}, which is not on loopback"
        yield from names(name, "secret", service.get("secrets", []), secrets)
        mounted = [mount.split(":")[0] for mount in service.get("volumes", [])]
        yield from names(name, "volume", [each for each in mounted if not each.startswith(".")], volumes)
        for file in (each for each in mounted if each.startswith("./") and "/secrets/" not in each):
            if not (ROOT / "deploy" / file).exists():
                yield f"{name} mounts {file}, which is not there"
        yield from names(name, "service", service.get("depends_on", {}), services)
        for other, how in service.get("depends_on", {}).items():
            if (how["condition"] == "service_completed_successfully") != (other in ONCE):
                yield f"{name} waits for {other} with the wrong condition"
        for key, value in service.get("environment", {}).items():
            if "PASSWORD" in key and not key.endswith("_FILE"):
                yield f"{name} has a password in its environment"
            if str(value).startswith("/run/secrets/") and Path(value).name not in service["secrets"]:
                yield f"{name} names {value}, which it does not have"
        image = service["image"]
        if name not in ONCE and not image.startswith("mahnwerk:") and "healthcheck" not in service:
            yield f"{name} is not asked how it is"
    if services["scheduler"]["deploy"].get("replicas") != 3:
        yield "there are not three schedulers"


def names(name, kind, used, known):
    for each in used:
        if each not in known:
            yield f"{name} uses the {kind} {each}, which is not described"


def dockerfile(text):
    channel = re.search(r'^channel = "(.*)"$', (ROOT / "rust-toolchain.toml").read_text(), re.M)[1]
    if f"ARG RUST_VERSION={channel}\n" not in text:
        yield f"the image is not built with Rust {channel}, as rust-toolchain.toml says"
    last = text[text.rindex("\nFROM "):]
    for line in ("USER 65532:65532", "HEALTHCHECK ", "ENTRYPOINT [", "STOPSIGNAL SIGTERM"):
        if f"\n{line}" not in last:
            yield f"the last stage has no {line}"
    if re.search(r"^(RUN|ADD) ", last, re.M):
        yield "the last stage runs or fetches something"
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    if "*" not in ignored:
        yield ".dockerignore lets in what it does not name"
    for pattern in (line[1:] for line in ignored if line.startswith("!")):
        if not list(ROOT.glob(pattern)):
            yield f".dockerignore lets in {pattern}, which is not there"


def main():
    read = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    which = read.add_mutually_exclusive_group(required=True)
    for name in ("kubernetes", "compose", "dockerfile"):
        which.add_argument(f"--{name}", type=Path)
    args = read.parse_args()
    if args.dockerfile:
        wrong = list(dockerfile(args.dockerfile.read_text()))
    else:
        import yaml  # noqa: PLC0415
        if args.kubernetes:
            wrong = list(kubernetes(list(yaml.safe_load_all(args.kubernetes.read_text()))))
        else:
            wrong = list(compose(yaml.safe_load(args.compose.read_text())))
    for sentence in wrong:
        print(f"manifests: {sentence}")
    print("manifests: wrong" if wrong else "manifests: as they must be")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
