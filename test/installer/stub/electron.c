/*
 * Stands in for Electron's program where that can't be had: electron-builder writes version, icon, archive hash and fuses into
 * it as it does into the real one. It does nothing.
 */
#include <windows.h>

/* The wire of fuses as Electron has it (@electron/fuses): sentinel, version, how many there are, one state each. */
__attribute__((used)) const char fuse_wire[] = "dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX"
                                               "\x01\x08"
                                               "10110001";

int WINAPI WinMain(HINSTANCE instance, HINSTANCE previous, LPSTR command, int show)
{
    volatile char used = fuse_wire[0];
    (void)instance;
    (void)previous;
    (void)command;
    (void)show;
    (void)used;
    return 0;
}
