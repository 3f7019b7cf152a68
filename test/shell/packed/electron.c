/* Stands in for electron.exe where that can't be had: an empty program with what electron-builder edits in one. */
#include <windows.h>

/* Electron's fuse wire: sentinel, version, how many fuses, and their states when it is delivered (fuses.json5). */
__attribute__((used)) const char fuse_wire[] = "dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX"
                                               "\x01\x08"
                                               "10110001";

int WINAPI WinMain(HINSTANCE instance, HINSTANCE before, LPSTR line, int show)
{
    volatile char used = fuse_wire[33];
    (void)used;
    (void)instance;
    (void)before;
    (void)line;
    return show & 0;
}
