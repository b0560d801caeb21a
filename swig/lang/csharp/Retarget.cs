// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Linq;
using Mono.Cecil;

/// Makes of an assembly for Mono one for .NET: Retarget.exe ASSEMBLY RESULT. mcs has no other library to refer to than Mono's mscorlib, where spans
/// are. Where .NET forwards mscorlib there are none, but in netstandard.
static class Retarget
{
    static readonly byte[] Token = { 0xcc, 0x7b, 0x13, 0xff, 0xcd, 0x2d, 0xdd, 0x51 };

    static void Main(string[] arguments)
    {
        var module = ModuleDefinition.ReadModule(arguments[0]);
        GC.KeepAlive(module.TypeSystem.Corlib); // is looked up here, while it has its name; else Cecil would add another mscorlib
        foreach (var library in module.AssemblyReferences.Where(one => one.Name == "mscorlib" || one.Name.StartsWith("System", StringComparison.Ordinal)))
        {
            library.Name = "netstandard";
            library.Version = new Version(2, 1, 0, 0);
            library.PublicKeyToken = Token;
        }
        module.Assembly.SecurityDeclarations.Clear(); // Mono's word for "unsafe"
        module.Write(arguments[1]);
    }
}
