/*
 * Remote access that is in use while the installer runs: an established connection to a port of this computer at which
 * Remote Desktop, SSH or WinRM is served. The addresses that it comes from are kept: the app's first start makes rules of them
 * (src-main/engine/managed/remote-sessions.ts), so that a session that comes again isn't asked about at a screen that nobody sits at.
 */
#include "setup.h"

#include <winsock2.h>

#include <iphlpapi.h>

#define MAX_PEERS 16

static const WORD ports[] = {REMOTE_PORTS};

typedef DWORD(WINAPI *get_table)(PVOID, PDWORD, BOOL, ULONG, TCP_TABLE_CLASS, ULONG);

struct peers {
    struct text list;
    DWORD count;
};

static BOOL is_remote_access(DWORD state, DWORD local_port)
{
    WORD port = (WORD)((local_port & 0xff) << 8 | (local_port >> 8 & 0xff));
    for (DWORD i = 0; i < ARRAYSIZE(ports); i++) {
        if (state == MIB_TCP_STATE_ESTAB && port == ports[i]) {
            return TRUE;
        }
    }
    return FALSE;
}

/* A comma after each, so that none is found within another. */
static void add_peer(struct peers *peers, struct text *address)
{
    append(address, L",");
    if (peers->count < MAX_PEERS && !contains_path(peers->list.units, address->units)) {
        append(&peers->list, address->units);
        peers->count++;
    }
    release(address->units);
}

static void add_v4(struct peers *peers, DWORD address)
{
    const BYTE *bytes = (const BYTE *)&address;
    struct text text = new_text(64);
    for (DWORD i = 0; i < 4; i++) {
        append(&text, i == 0 ? L"" : L".");
        append_number(&text, bytes[i]);
    }
    add_peer(peers, &text);
}

/*
 * The number of the interface, without which a link-local address means nothing. Documented in network order, and seen in that
 * of the host; it is small, so that only one of the two can be meant.
 */
static DWORD interface_of(DWORD scope)
{
    return (scope & 0xffff) != 0 ? scope : scope >> 24 | (scope >> 8 & 0xff00);
}

static void add_v6(struct peers *peers, const UCHAR *bytes, DWORD scope)
{
    static const WCHAR digits[] = L"0123456789abcdef";
    struct text text = new_text(64);
    for (DWORD i = 0; i < 16; i++) {
        const WCHAR pair[] = {digits[bytes[i] >> 4], digits[bytes[i] & 15], 0};
        append(&text, i > 0 && i % 2 == 0 ? L":" : L"");
        append(&text, pair);
    }
    if (scope != 0) {
        append(&text, L"%");
        append_number(&text, interface_of(scope));
    }
    add_peer(peers, &text);
}

/* The caller releases it; NULL when Windows doesn't tell. */
static void *table_of(get_table query, ULONG family)
{
    DWORD bytes = 65536;
    for (DWORD tries = 0; tries < 5; tries++, bytes += 65536) {
        void *table = allocate(bytes);
        if (query(table, &bytes, FALSE, family, TCP_TABLE_OWNER_PID_ALL, 0) == NO_ERROR) {
            return table;
        }
        release(table);
    }
    return NULL;
}

static void find_peers(get_table query, struct peers *peers)
{
    MIB_TCPTABLE_OWNER_PID *v4 = table_of(query, AF_INET);
    MIB_TCP6TABLE_OWNER_PID *v6 = table_of(query, AF_INET6);
    for (DWORD i = 0; v4 != NULL && i < v4->dwNumEntries; i++) {
        if (is_remote_access(v4->table[i].dwState, v4->table[i].dwLocalPort)) {
            add_v4(peers, v4->table[i].dwRemoteAddr);
        }
    }
    for (DWORD i = 0; v6 != NULL && i < v6->dwNumEntries; i++) {
        if (is_remote_access(v6->table[i].dwState, v6->table[i].dwLocalPort)) {
            add_v6(peers, v6->table[i].ucRemoteAddr, v6->table[i].dwRemoteScopeId);
        }
    }
    release(v6);
    release(v4);
}

DWORD remote_keep(void)
{
    struct peers peers = {.list = new_text(1024)};
    HMODULE helper = LoadLibraryExW(L"iphlpapi.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
    get_table query =
        helper == NULL ? NULL : (get_table)(void *)GetProcAddress(helper, "GetExtendedTcpTable");
    if (query != NULL) {
        find_peers(query, &peers);
    }
    DWORD error = peers.count == 0 ? ERROR_SUCCESS : settings_write(REMOTE_VALUE, peers.list.units);
    release(peers.list.units);
    return error;
}

/* Only an installation that is new keeps addresses, so there were none before. */
DWORD remote_undo(void)
{
    LSTATUS status = RegDeleteKeyValueW(HKEY_LOCAL_MACHINE, SETTINGS_KEY, REMOTE_VALUE);
    return status == ERROR_FILE_NOT_FOUND ? ERROR_SUCCESS : (DWORD)status;
}
