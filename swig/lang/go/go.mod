// SPDX-License-Identifier: MIT OR Apache-2.0
module osmemlock

go 1.18
