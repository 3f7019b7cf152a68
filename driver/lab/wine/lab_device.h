/*
 * The lab's own device in Wine, \\.\PortreeveLab: through it a test does what programs do, and asks which rules were
 * broken. test/wine/guest/lab.ts writes the same bytes. Anybody may open it: it exists in test prefixes alone.
 */
#ifndef PORTREEVE_LAB_WINE_DEVICE_H
#define PORTREEVE_LAB_WINE_DEVICE_H

#include <ntifs.h>

#define LAB_CODE(function)                                                                         \
    CTL_CODE(FILE_DEVICE_NETWORK, function, METHOD_BUFFERED, FILE_READ_DATA | FILE_WRITE_DATA)

/* Input struct lab_connect; pending until there is an answer; output UINT32, an enum lab_answer. */
#define LAB_IOCTL_CONNECT     LAB_CODE(0x901)
/* Input UINT64: closes this endpoint. */
#define LAB_IOCTL_CLOSE       LAB_CODE(0x902)
/* Input UINT32, an enum lab_reauthorize. */
#define LAB_IOCTL_REAUTHORIZE LAB_CODE(0x903)
/* Output struct lab_report. */
#define LAB_IOCTL_REPORT      LAB_CODE(0x904)
/* Ends the engine, which reports what a driver has left behind, and starts it afresh. The driver is not loaded. */
#define LAB_IOCTL_RESTART     LAB_CODE(0x905)

struct lab_wine_address {
    UINT8 bytes[16];
    UINT32 scope_id;
    UINT16 port;
    UINT16 reserved;
};

/* The process is the caller's. */
struct lab_connect {
    UINT64 endpoint;
    UINT8 family;
    UINT8 protocol;
    UINT8 inbound;
    UINT8 reserved[5];
    struct lab_wine_address local;
    struct lab_wine_address remote;
};

#define LAB_REPORT_TEXT 4096

struct lab_report {
    UINT32 broken;              /* rules, since the image was loaded */
    UINT32 pends;               /* that are open now */
    CHAR text[LAB_REPORT_TEXT]; /* a line for each, as many as fit */
};

/* A function that Wine's kernel lacks, and the one in its place. */
struct lab_gap {
    const char *name;
    ULONG_PTR function;
};
#define LAB_GAP(name, function) {name, (ULONG_PTR)function}

/* gaps_access.c: what an open is checked with. */
extern const struct lab_gap lab_access_gaps[];
extern const ULONG lab_access_gap_count;

/* gaps.c: gives Wine's kernel what it lacks. Before anything else. */
NTSTATUS lab_gaps_fill(VOID);
VOID lab_gaps_stop(VOID);

/* port.c: what the engine's port needs of the device, and the report. */
NTSTATUS lab_port_start(PDEVICE_OBJECT device);
VOID lab_port_stop(VOID);
VOID lab_port_report(struct lab_report *report);
/* A handle that may ask for its name and times. */
NTSTATUS lab_port_open_process(PEPROCESS process, HANDLE *handle);

#endif
