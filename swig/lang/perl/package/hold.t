# SPDX-License-Identifier: MIT OR Apache-2.0
use 5.036;
use Test::More;
use osmemlock;

pipe(my $from, my $to) or die;
print $to "a secret\n";
close $to;
my $key = osmemlock::LockedBuffer::from_fd(fileno $from, 4096, $osmemlock::TRIM_NEWLINE);
is $key->size, 8, 'a secret is read without its newline';
is $key->expose(sub { $_ }), 'a secret', 'it is lent to a sub';
ok $key->verify & $osmemlock::LOCKED, 'it is locked';
$key->close;
ok !eval { $key->get_byte(0) }, 'nothing is read after close';
like $@, qr/^OSML_ECLOSED/, 'and the error says why';
is osmemlock->VERSION, osmemlock::version() =~ s/-.*//r, 'the version is that of the core';
done_testing;
