// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.IO;
using System.Linq;
using Osmemlock;

/// Switches core dumps off for the time that they would hurt, and hardens the process for good.
static class NoCoreDumps
{
    static readonly string[] Gap = { "  " };

    static void Show(string when)
    {
        string line = File.ReadLines("/proc/self/limits").First(l => l.StartsWith("Max core file size"));
        Console.WriteLine("{0,-26} {1}", when, line.Split(Gap, StringSplitOptions.RemoveEmptyEntries)[1].Trim());
    }

    static void Main()
    {
        Show("core dumps may have:");
        using (Osml.DisableCoreDumpsWithGuard()) Show("under the guard:");
        Show("the guard is gone:");

        // A dump that is piped to a handler, as systemd does, ignores the limit. The second step stops that too.
        HardenSteps done = Osml.Harden(HardenSteps.All);
        Show("hardened for good:");
        Console.WriteLine("core limit: {0}, undumpable: {1}", (done & HardenSteps.CoreLimit) != 0, (done & HardenSteps.Undumpable) != 0);
    }
}
