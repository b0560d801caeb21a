// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Diagnostics;
using Osmemlock;

/// The victim of ../residue.sh: Residue.exe from-fd|from-env.
static class Residue
{
    static void Ready()
    {
        Console.WriteLine("ready " + Process.GetCurrentProcess().Id);
        Console.ReadLine();
    }

    static void Main(string[] arguments)
    {
        var b = arguments[0] == "from-fd" ? LockedBuffer.from_fd(3, 4096) : LockedBuffer.from_env("OSML_PROOF_SECRET", 4096);
        Ready();
        b.close();
        Ready();
    }
}
