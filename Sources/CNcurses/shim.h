// Gives Swift the wide ncurses library: its globals and macros as functions, because Swift 6 takes no mutable C
// globals and sees no function-like macros. One terminal at a time.
#ifndef MARTLET_CNCURSES_SHIM_H
#define MARTLET_CNCURSES_SHIM_H

#define NCURSES_WIDECHAR 1
#include <ncurses.h>
#include <stdio.h>
#include <string.h>
#include <term.h>
#include <unistd.h>
#include <wchar.h>

// <wchar.h> declares it only under a macro that would split this module from the Glibc one.
extern int wcwidth(wchar_t);

/// Cells that the C library, and so ncurses, takes a character for; -1 for what is none.
static inline int cnc_width(wchar_t character) { return wcwidth(character); }

/// Attributes as bits of our own: A_* are macros with casts, which Swift does not see.
enum { CNC_BOLD = 1, CNC_DIM = 2, CNC_REVERSE = 4, CNC_UNDERLINE = 8 };

/// A terminal that ncurses drives, with the streams it was given.
typedef struct {
    SCREEN *screen;
    FILE *output;
    FILE *input;
} cnc_terminal;

/// Whether terminfo knows `term` as something on which the cursor can be placed; asks before anything is written.
static inline int cnc_knows(const char *term, int output) {
    int found = 0;
    if (setupterm(term, output, &found) != OK) return 0;
    const char *place = tigetstr("cup");
    int knows = place != NULL && place != (char *)-1;
    del_curterm(cur_term);
    return knows;
}

static inline void cnc_close_streams(cnc_terminal *terminal) {
    if (terminal->output != NULL) fclose(terminal->output);
    if (terminal->input != NULL) fclose(terminal->input);
    terminal->output = NULL;
    terminal->input = NULL;
}

/// Opens a screen of type `term` on copies of the descriptors; 0 where that fails.
static inline int cnc_open(const char *term, int output, int input, cnc_terminal *terminal) {
    terminal->output = fdopen(dup(output), "w");
    terminal->input = fdopen(dup(input), "r");
    terminal->screen = NULL;
    if (terminal->output != NULL && terminal->input != NULL) {
        terminal->screen = newterm(term, terminal->output, terminal->input);
    }
    if (terminal->screen == NULL) cnc_close_streams(terminal);
    return terminal->screen != NULL;
}

/// raw, no echo, no newline translation, frames that pending input does not abandon, no cursor; colours where there are.
/// The pair of the terminal's own colours.
///
/// That is one with a number where there are colours: for pair 0 without attributes ncurses (6.4, lib_vid_attr.c) sends
/// both SGR 39 and all of sgr0, 11 bytes instead of 5 at the end of each coloured text.
static inline int cnc_prepare(void) {
    raw();
    noecho();
    nonl();
    typeahead(-1);
    intrflush(stdscr, FALSE);
    leaveok(stdscr, FALSE);
    scrollok(stdscr, FALSE);
    idlok(stdscr, FALSE);
    curs_set(0);
    if (!has_colors()) return 0;
    start_color();
    if (use_default_colors() == ERR || init_extended_pair(1, -1, -1) == ERR) return 0;
    // What is cleared is in that pair too, so that it is not taken for changed.
    const wchar_t blank[2] = {L' ', 0};
    cchar_t ground;
    if (setcchar(&ground, blank, A_NORMAL, 1, NULL) == OK) wbkgrndset(stdscr, &ground);
    return 1;
}

static inline int cnc_colors(void) { return has_colors() ? COLORS : 0; }

/// A colour pair that is allocated or found; 0 where there is none left.
static inline int cnc_pair(int foreground, int background) {
    int pair = has_colors() ? alloc_pair(foreground, background) : 0;
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
    // The last argument gives pairs beyond 16 bits.
    if (setcchar(&cell, letters, bits, (short)(pair > 32767 ? 32767 : pair), &pair) == ERR) return;
    mvadd_wch(y, x, &cell);
}

/// Puts the terminal's own cursor at a place and shows it.
static inline void cnc_show_cursor(int y, int x) {
    move(y, x);
    curs_set(1);
}

static inline void cnc_hide_cursor(void) { curs_set(0); }

/// Sends what changed: one write, unless it is larger than ncurses' buffer.
static inline void cnc_flush(void) {
    wnoutrefresh(stdscr);
    doupdate();
}

/// The next frame is drawn whole, on a cleared terminal.
static inline void cnc_forget(void) {
    clearok(curscr, TRUE);
    wclear(stdscr);
}

/// resizeterm would leave a KEY_RESIZE for a reader that never comes.
static inline void cnc_resize(int height, int width) {
    resize_term(height, width);
    cnc_forget();
}

static inline void cnc_end(void) { endwin(); }

static inline void cnc_close(cnc_terminal *terminal) {
    if (terminal->screen != NULL) delscreen(terminal->screen);
    terminal->screen = NULL;
    cnc_close_streams(terminal);
}

/// Writes a string capability's bytes to `buffer`; their count, 0 where the terminal has none.
static inline int cnc_capability(const char *name, char *buffer, int size) {
    const char *value = tigetstr(name);
    if (value == NULL || value == (char *)-1) return 0;
    int length = (int)strlen(value);
    if (length >= size) return 0;
    memcpy(buffer, value, (size_t)length);
    return length;
}

#endif
