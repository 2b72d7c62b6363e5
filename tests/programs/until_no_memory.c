/* Takes memory until there is none, gives it back, and takes some again. With an
   argument it says how many pieces it had. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST = 100000, PIECE = 100000 };
static char *pieces[MOST];

int main(int count, char **words) {
    (void)words;
    int had = 0;
    while (had < MOST && (pieces[had] = malloc(PIECE)) != NULL) {
        pieces[had][0] = pieces[had][PIECE - 1] = 1;
        had++;
    }
    int error = errno;
    for (int i = 0; i < had; i++) free(pieces[i]);
    char *again = malloc(5000);
    printf("%s, then %s\n", error == ENOMEM ? "ENOMEM" : "no error", again ? "more" : "nothing");
    if (count > 1) printf("%d pieces\n", had);
    free(again);
    return 0;
}
