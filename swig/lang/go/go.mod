// SPDX-License-Identifier: MIT OR Apache-2.0
module example.org/osmemlock

go 1.18
