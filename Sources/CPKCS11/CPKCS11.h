// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// PKCS #11 for Swift: as much of its binary interface as it takes to find certificates and keys and to log in. The names
// and numbers are those of the OASIS specification (PKCS #11 Base 2.40, sections 3 to 5; the function list is its section
// 3.4), so that no header of somebody else's is needed to build, and no library to run.
#pragma once

#include <dlfcn.h>
#include <unistd.h>

typedef unsigned char CK_BYTE;
typedef unsigned long CK_ULONG;
typedef CK_ULONG CK_RV;

typedef struct {
  CK_BYTE major;
  CK_BYTE minor;
} CK_VERSION;

// Texts are padded with blanks and do not end with a NUL.
typedef struct {
  CK_BYTE slotDescription[64];
  CK_BYTE manufacturerID[32];
  CK_ULONG flags;
  CK_VERSION hardwareVersion;
  CK_VERSION firmwareVersion;
} CK_SLOT_INFO;

typedef struct {
  CK_BYTE label[32];
  CK_BYTE manufacturerID[32];
  CK_BYTE model[16];
  CK_BYTE serialNumber[16];
  CK_ULONG flags;
  CK_ULONG ulMaxSessionCount;
  CK_ULONG ulSessionCount;
  CK_ULONG ulMaxRwSessionCount;
  CK_ULONG ulRwSessionCount;
  CK_ULONG ulMaxPinLen;
  CK_ULONG ulMinPinLen;
  CK_ULONG ulTotalPublicMemory;
  CK_ULONG ulFreePublicMemory;
  CK_ULONG ulTotalPrivateMemory;
  CK_ULONG ulFreePrivateMemory;
  CK_VERSION hardwareVersion;
  CK_VERSION firmwareVersion;
  CK_BYTE utcTime[16];
} CK_TOKEN_INFO;

typedef struct {
  CK_ULONG slotID;
  CK_ULONG state;
  CK_ULONG flags;
  CK_ULONG ulDeviceError;
} CK_SESSION_INFO;

typedef struct {
  CK_ULONG type;
  void *pValue;
  CK_ULONG ulValueLen;
} CK_ATTRIBUTE;

typedef struct {
  void *CreateMutex;
  void *DestroyMutex;
  void *LockMutex;
  void *UnlockMutex;
  CK_ULONG flags;
  void *pReserved;
} CK_C_INITIALIZE_ARGS;

// The list goes on; this is how far we need it. Functions that are not called have no signature here.
typedef struct {
  CK_VERSION version;
  CK_RV (*C_Initialize)(void *args);
  void *C_Finalize;
  void *C_GetInfo;
  void *C_GetFunctionList;
  CK_RV (*C_GetSlotList)(CK_BYTE tokenPresent, CK_ULONG *slots, CK_ULONG *count);
  CK_RV (*C_GetSlotInfo)(CK_ULONG slot, CK_SLOT_INFO *info);
  CK_RV (*C_GetTokenInfo)(CK_ULONG slot, CK_TOKEN_INFO *info);
  void *C_GetMechanismList;
  void *C_GetMechanismInfo;
  void *C_InitToken;
  void *C_InitPIN;
  void *C_SetPIN;
  CK_RV (*C_OpenSession)(CK_ULONG slot, CK_ULONG flags, void *application, void *notify, CK_ULONG *session);
  CK_RV (*C_CloseSession)(CK_ULONG session);
  void *C_CloseAllSessions;
  CK_RV (*C_GetSessionInfo)(CK_ULONG session, CK_SESSION_INFO *info);
  void *C_GetOperationState;
  void *C_SetOperationState;
  CK_RV (*C_Login)(CK_ULONG session, CK_ULONG userType, CK_BYTE *pin, CK_ULONG pinLen);
  void *C_Logout;
  void *C_CreateObject;
  void *C_CopyObject;
  void *C_DestroyObject;
  void *C_GetObjectSize;
  CK_RV (*C_GetAttributeValue)(CK_ULONG session, CK_ULONG object, CK_ATTRIBUTE *attributes, CK_ULONG count);
  void *C_SetAttributeValue;
  CK_RV (*C_FindObjectsInit)(CK_ULONG session, CK_ATTRIBUTE *attributes, CK_ULONG count);
  CK_RV (*C_FindObjects)(CK_ULONG session, CK_ULONG *objects, CK_ULONG max, CK_ULONG *count);
  CK_RV (*C_FindObjectsFinal)(CK_ULONG session);
} CK_FUNCTION_LIST;

typedef CK_RV (*CK_C_GetFunctionList)(CK_FUNCTION_LIST **list);

// What modules that come by dlsym are asked for; a pointer to an object is not one to a function in Swift.
static inline CK_C_GetFunctionList CPKCS11_C_GetFunctionList(void *library) {
  return (CK_C_GetFunctionList)dlsym(library, "C_GetFunctionList");
}

static const CK_ULONG CKF_OS_LOCKING_OK = 0x2;
static const CK_ULONG CKF_SERIAL_SESSION = 0x4;

static const CK_ULONG CKF_LOGIN_REQUIRED = 0x4;
static const CK_ULONG CKF_USER_PIN_INITIALIZED = 0x8;
static const CK_ULONG CKF_PROTECTED_AUTHENTICATION_PATH = 0x100;
static const CK_ULONG CKF_TOKEN_INITIALIZED = 0x400;
static const CK_ULONG CKF_USER_PIN_COUNT_LOW = 0x10000;
static const CK_ULONG CKF_USER_PIN_FINAL_TRY = 0x20000;
static const CK_ULONG CKF_USER_PIN_LOCKED = 0x40000;

static const CK_ULONG CKS_RO_USER_FUNCTIONS = 1;
static const CK_ULONG CKS_RW_USER_FUNCTIONS = 3;
static const CK_ULONG CKU_USER = 1;

static const CK_ULONG CKO_CERTIFICATE = 0x1;
static const CK_ULONG CKO_PRIVATE_KEY = 0x3;
static const CK_ULONG CKC_X_509 = 0x0;

static const CK_ULONG CKA_CLASS = 0x0;
static const CK_ULONG CKA_LABEL = 0x3;
static const CK_ULONG CKA_VALUE = 0x11;
static const CK_ULONG CKA_CERTIFICATE_TYPE = 0x80;
static const CK_ULONG CKA_ID = 0x102;
static const CK_ULONG CKA_ALWAYS_AUTHENTICATE = 0x202;

static const CK_RV CKR_OK = 0x0;
static const CK_RV CKR_HOST_MEMORY = 0x2;
static const CK_RV CKR_ARGUMENTS_BAD = 0x7;
static const CK_RV CKR_FUNCTION_CANCELED = 0x50;
static const CK_RV CKR_FUNCTION_NOT_SUPPORTED = 0x54;
static const CK_RV CKR_PIN_INCORRECT = 0xA0;
static const CK_RV CKR_PIN_INVALID = 0xA1;
static const CK_RV CKR_PIN_LEN_RANGE = 0xA2;
static const CK_RV CKR_PIN_EXPIRED = 0xA3;
static const CK_RV CKR_PIN_LOCKED = 0xA4;
static const CK_RV CKR_DEVICE_ERROR = 0x30;
static const CK_RV CKR_DEVICE_REMOVED = 0x32;
static const CK_RV CKR_SESSION_COUNT = 0xB1;
static const CK_RV CKR_TOKEN_NOT_PRESENT = 0xE0;
static const CK_RV CKR_TOKEN_NOT_RECOGNIZED = 0xE1;
static const CK_RV CKR_USER_ALREADY_LOGGED_IN = 0x100;
static const CK_RV CKR_USER_PIN_NOT_INITIALIZED = 0x102;
static const CK_RV CKR_BUFFER_TOO_SMALL = 0x150;
static const CK_RV CKR_CRYPTOKI_ALREADY_INITIALIZED = 0x191;
