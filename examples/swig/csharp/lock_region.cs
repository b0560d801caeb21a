// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using Osmemlock;

/// Locks memory that the program has already. Two small secrets may share a page, as on any heap; giving one back leaves the other locked.
static class LockRegion
{
    const int Size = 64;

    static void Show(string when)
    {
        Console.WriteLine("{0,-28} {1} KiB locked", when, osmemlock.info(osmemlock.INFO_LOCK_USED) / 1024);
    }

    static void Main()
    {
        byte[] password = new byte[Size], token = new byte[Size];
        uint flags = osmemlock.REGION_DONTDUMP | osmemlock.REGION_WIPE;

        Show("at the start:");
        using (new LockedRegion(token, flags))
        {
            using (new LockedRegion(password, flags))
            {
                // From here on the collector moves neither: only now does the program read its secrets into the arrays, and uses them there.
                Show("both locked:");
            }
            Show("password given back:");
        }
        Show("token given back too:");
    }
}
