// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using Osmemlock;

/// Locks memory that the program has already. Two small secrets may share a page, as on any heap; giving one back leaves the other locked.
static class LockRegion
{
    const int Size = 64;

    static void Show(string when)
    {
        Console.WriteLine("{0,-28} {1} KiB locked", when, Osml.GetInfo(Info.ProcessLockedBytes) / 1024);
    }

    static void Main()
    {
        byte[] password = new byte[Size], token = new byte[Size];
        RegionOptions options = RegionOptions.DontDump | RegionOptions.WipeAtEnd;

        Show("at the start:");
        using (new LockedRegion(token, options))
        {
            using (new LockedRegion(password, options))
            {
                // From here on the collector moves neither: only now does the program read its secrets into the arrays, and uses them there.
                Show("both locked:");
            }
            Show("password unlocked:");
        }
        Show("token unlocked too:");
    }
}
