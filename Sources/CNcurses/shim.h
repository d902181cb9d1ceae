// Gives Swift the wide ncurses library: its globals and macros as functions, because Swift 6 takes no mutable C
// globals and sees no function-like macros.
#ifndef MARTLET_CNCURSES_SHIM_H
#define MARTLET_CNCURSES_SHIM_H

#define NCURSES_WIDECHAR 1
#include <ncurses.h>
#include <stdio.h>
#include <string.h>
#include <term.h>
#include <unistd.h>

/// Attributes as bits of our own, so that A_* macros need not be seen.
enum { CNC_BOLD = 1, CNC_DIM = 2, CNC_REVERSE = 4, CNC_UNDERLINE = 8 };

/// Opens a screen of type `term` on the terminal's descriptors; NULL where its terminfo is missing or too poor.
static inline SCREEN *cnc_open(const char *term, int output, int input) {
    FILE *out = fdopen(dup(output), "w");
    FILE *in = fdopen(dup(input), "r");
    if (out == NULL || in == NULL) return NULL;
    // One write a frame.
    setvbuf(out, NULL, _IOFBF, 1 << 16);
    SCREEN *screen = newterm(term, out, in);
    if (screen == NULL) {
        fclose(out);
        fclose(in);
    }
    return screen;
}

/// raw, no echo, no newline translation, frames that pending input does not abandon, no cursor; colours where there are.
static inline void cnc_prepare(void) {
    raw();
    noecho();
    nonl();
    typeahead(-1);
    intrflush(stdscr, FALSE);
    leaveok(stdscr, FALSE);
    scrollok(stdscr, FALSE);
    idlok(stdscr, FALSE);
    curs_set(0);
    if (has_colors()) {
        start_color();
        use_default_colors();
    }
}

static inline int cnc_colors(void) { return has_colors() ? COLORS : 0; }

/// A colour pair that is allocated or found; 0, the terminal's own colours, where there is none left.
static inline int cnc_pair(int foreground, int background) {
    if (!has_colors() || (foreground < 0 && background < 0)) return 0;
    int pair = alloc_pair(foreground, background);
    return pair < 0 ? 0 : pair;
}

/// Puts one character, a letter and up to two marks, at a place.
static inline void cnc_put(int y, int x, wchar_t letter, wchar_t first, wchar_t second, int attributes, int pair) {
    const wchar_t letters[4] = {letter, first, second, 0};
    cchar_t cell;
    attr_t bits = A_NORMAL;
    if (attributes & CNC_BOLD) bits |= A_BOLD;
    if (attributes & CNC_DIM) bits |= A_DIM;
    if (attributes & CNC_REVERSE) bits |= A_REVERSE;
    if (attributes & CNC_UNDERLINE) bits |= A_UNDERLINE;
    if (setcchar(&cell, letters, bits, (short)(pair > 32767 ? 0 : pair), &pair) == ERR) return;
    mvadd_wch(y, x, &cell);
}

static inline void cnc_cursor(int y, int x, int isVisible) {
    if (isVisible) move(y, x);
    curs_set(isVisible ? 1 : 0);
}

static inline void cnc_flush(void) {
    wnoutrefresh(stdscr);
    doupdate();
}

/// The next frame is drawn whole, on a cleared terminal.
static inline void cnc_forget(void) {
    clearok(curscr, TRUE);
    wclear(stdscr);
}

static inline void cnc_resize(int height, int width) {
    resizeterm(height, width);
    wclear(stdscr);
}

static inline void cnc_end(void) { endwin(); }

/// Writes a string capability's bytes to `buffer`; their count, 0 where the terminal has none.
static inline int cnc_capability(const char *name, char *buffer, int size) {
    const char *value = tigetstr((char *)name);
    if (value == NULL || value == (char *)-1) return 0;
    int length = (int)strlen(value);
    if (length >= size) return 0;
    memcpy(buffer, value, (size_t)length);
    return length;
}

#endif
