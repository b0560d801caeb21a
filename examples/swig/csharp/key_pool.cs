// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Collections.Generic;
using Osmemlock;

/// Ten thousand keys at once. Small buffers share locked pages, so that the quota on locked memory (`ulimit -l`) goes a long way.
static class KeyPool
{
    static LockedBuffer NewKey()
    {
        var key = new LockedBuffer(32);
        key.Random(0, 32);
        return key;
    }

    static void Main()
    {
        var keys = new List<LockedBuffer>();
        for (int i = 0; i < 10000; i++) keys.Add(NewKey());
        Console.WriteLine("{0} keys of 32 bytes are alive, {1} KiB are locked for them",
            Osml.GetInfo(Info.LiveBuffers), Osml.GetInfo(Info.LibraryLockedBytes) / 1024);
        Console.WriteLine("with a page for each key it would be {0} KiB", (ulong)keys.Count * Osml.GetInfo(Info.PageSize) / 1024);
        keys.ForEach(key => key.Dispose());
        Console.WriteLine("after Dispose: {0} keys", Osml.GetInfo(Info.LiveBuffers));
    }
}
