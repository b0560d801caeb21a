// SPDX-License-Identifier: MIT OR Apache-2.0
// The control: the types refuse this.
import { LockedBuffer } from "osmemlock";

new LockedBuffer("32");
