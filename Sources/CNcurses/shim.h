// Gives Swift the wide ncurses declarations.
#ifndef MARTLET_CNCURSES_SHIM_H
#define MARTLET_CNCURSES_SHIM_H
#define NCURSES_WIDECHAR 1
#include <ncurses.h>
#include <term.h>
#endif
