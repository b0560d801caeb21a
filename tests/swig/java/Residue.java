// SPDX-License-Identifier: MIT OR Apache-2.0
import osmemlock.LockedBuffer;

/** The victim of ../residue.sh: Residue.java from-fd|from-env. */
class Residue {
    static void ready() throws Exception {
        System.out.println("ready " + ProcessHandle.current().pid());
        System.in.read();
    }

    public static void main(String[] arguments) throws Exception {
        boolean piped = arguments[0].equals("from-fd");
        LockedBuffer b = piped ? LockedBuffer.from_fd(3, 4096) : LockedBuffer.from_env("OSML_PROOF_SECRET", 4096);
        ready();
        b.close();
        ready();
    }
}
