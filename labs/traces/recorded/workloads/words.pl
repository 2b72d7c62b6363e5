# Counts words and pairs of words, turns the table around, prints the top.
use strict;
use warnings;

my @stems = qw(heap block list tree page word line code data path);
my $state = 7;
sub roll { $state = ($state * 1103515245 + 12345) % 2147483648; return $state >> 8 }

my (%count, %pair, $previous);
for my $line (1 .. 500) {
    my $text = join ' ', map { $stems[roll() % @stems] . (roll() % 40) } 1 .. 9;
    for my $word (split /\s+/, $text) {
        $count{$word}++;
        push @{ $pair{$previous}{$word} }, $line if defined $previous && roll() % 4 == 0;
        $previous = $word;
    }
}
my @top = sort { $count{$b} <=> $count{$a} || $a cmp $b } keys %count;
for my $word (@top[0 .. 99]) {
    my @followers = map { "$_:" . join(',', @{ $pair{$word}{$_} }) } sort keys %{ $pair{$word} };
    (my $shout = uc $word) =~ s/(\d+)/<$1>/g;
    printf "%-10s %4d %s\n", $shout, $count{$word}, substr("@followers", 0, 60);
}
