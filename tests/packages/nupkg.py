#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""A package for NuGet is what its readers expect: an OPC archive, with the folders that .NET looks into. nupkg.py PACKAGE"""
import re
import sys
import zipfile


# .NET forwards what Mono's mscorlib has, but spans are in netstandard.
def for_net(assembly):
    return b"\0netstandard\0" in assembly and b"\0mscorlib\0" not in assembly


def findings(names, relations, types, manifest, comments, version):
    target = re.search(r'Target="/([^"]+)"', relations)
    if not target or target[1] not in names:
        yield "the relations do not lead to the manifest"
    extensions = set(re.findall(r'Extension="([^"]+)"', types))
    parts = set(re.findall(r'PartName="/([^"]+)"', types))
    for name in names:
        if name.rsplit(".", 1)[-1] not in extensions and name not in parts and name != "[Content_Types].xml":
            yield f"{name} has no type"
    for wanted in (r"lib/net472/osmemlock\.dll", r"lib/netstandard2\.1/osmemlock\.dll", r"lib/netstandard2\.1/osmemlock\.xml", r"runtimes/linux-\w+/native/libosmemlock_csharp\.so"):
        if not any(re.fullmatch(wanted, name) for name in names):
            yield f"{wanted} is missing"
    for field in ("id", "version", "authors", "description", "license", "projectUrl"):
        if not re.search(rf"<{field}[ >]", manifest):
            yield f"the manifest has no {field}"
    if f"<version>{version}</version>" not in manifest or "@" in manifest:
        yield "the manifest is not filled in"
    if not re.search(r'<member name="M:Osmemlock\.LockedBuffer\.GetByte\([^"]*">\s*<summary>Returns one byte', comments):
        yield "the IDE has nothing to say about GetByte"
    for name, text in re.findall(r'<member name="M:([^"]*\([^"]*)">(.*?)</member>', comments, re.DOTALL):
        if text.count("<param ") != 1 + re.sub(r"{[^}]*}", "", name).count(","):
            yield f"the IDE does not know all parameters of {name}"
    readme = re.search(r"<readme>([^<]+)</readme>", manifest)
    if readme and readme[1] not in names:
        yield f"{readme[1]} is missing"


def main(path):
    version = re.search(r"osmemlock\.(\d+\.\d+\.\d+(?:-\w+)?)\.nupkg$", path)[1]
    with zipfile.ZipFile(path) as package:
        names = package.namelist()
        read = [package.read(name).decode() for name in ("_rels/.rels", "[Content_Types].xml", "osmemlock.nuspec", "lib/netstandard2.1/osmemlock.xml")]
        for_mono, assembly = (package.read(f"lib/{framework}/osmemlock.dll") for framework in ("net472", "netstandard2.1"))
    found = list(findings(names, *read, version))
    controls = [list(findings(names[:1], *read, version)), list(findings(names, *read, "9.9.9")), list(findings([*names, "odd.bin"], *read, version))]
    controls += (list(findings(names, *read[:-1], without, version)) for without in ("", read[-1].replace("<param ", "<para ")))
    if not all(len(control) > len(found) for control in controls):
        found.append("a control was not found: this check cannot fail")
    if not for_net(assembly) or for_net(for_mono):
        found.append("the assembly for .NET refers to what only Mono has, or that for Mono does not")
    print(*found, f"{path}: {len(names)} files, {len(found)} findings", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
