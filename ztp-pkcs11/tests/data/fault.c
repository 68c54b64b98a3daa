/* A PKCS#11 module that passes every call on to the one named by ZTP_FAULT_MODULE, except for the fault named by ZTP_FAULT:
 * what real tokens have been seen to do, and SoftHSM2 does not. For tests only. */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned long CK_ULONG;
typedef unsigned char CK_BYTE;
typedef CK_ULONG (*CK_FN)();

enum { GET_FUNCTION_LIST = 3, GET_TOKEN_INFO = 6, LOGIN = 18, GET_ATTRIBUTE_VALUE = 24, SIGN = 43, FUNCTIONS = 68 };
enum { TOKEN_INFO_FLAGS_AT = 96 };

#define CKR_OK 0x0UL
#define CKR_ATTRIBUTE_TYPE_INVALID 0x12UL
#define CKR_PIN_LOCKED 0xa4UL
#define CKR_SESSION_HANDLE_INVALID 0xb3UL
#define CKF_USER_PIN_FINAL_TRY 0x20000UL
#define CKF_USER_PIN_LOCKED 0x40000UL
#define CKA_LOCAL 0x163UL
#define CKA_EC_POINT 0x181UL
#define CK_UNAVAILABLE (~0UL)

/* CK_FUNCTION_LIST: a version of two bytes, padded, and the functions. */
struct list {
  CK_ULONG version;
  CK_FN functions[FUNCTIONS];
};

struct attribute {
  CK_ULONG type;
  void *value;
  CK_ULONG length;
};

static struct list real, ours;
static int lost;

static int fault(const char *name) {
  const char *wanted = getenv("ZTP_FAULT");
  return wanted != NULL && strcmp(wanted, name) == 0;
}

static CK_ULONG get_token_info(CK_ULONG slot, CK_BYTE *info) {
  CK_ULONG result = real.functions[GET_TOKEN_INFO](slot, info);
  CK_ULONG flags;
  memcpy(&flags, info + TOKEN_INFO_FLAGS_AT, sizeof flags);
  if (fault("pin-final-try")) flags |= CKF_USER_PIN_FINAL_TRY;
  if (fault("pin-locked-flag")) flags |= CKF_USER_PIN_LOCKED;
  memcpy(info + TOKEN_INFO_FLAGS_AT, &flags, sizeof flags);
  return result;
}

static CK_ULONG login(CK_ULONG session, CK_ULONG user, CK_BYTE *pin, CK_ULONG length) {
  if (fault("pin-locked")) return CKR_PIN_LOCKED;
  /* Whoever presents a PIN in spite of these flags has locked the token. */
  if (fault("pin-final-try") || fault("pin-locked-flag")) abort();
  return real.functions[LOGIN](session, user, pin, length);
}

static void reshape(struct attribute *attribute) {
  static const CK_BYTE other[34] = {4, 32, 0x58, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
    0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66};
  CK_BYTE *value = attribute->value;
  if (value == NULL) {
    if (fault("point-bits")) attribute->length = 35;
    return;
  }
  if (fault("point-raw")) {
    memmove(value, value + 2, 32);
    attribute->length = 32;
  } else if (fault("point-bits")) {
    memmove(value + 3, value + 2, 32);
    memcpy(value, "\x03\x21\x00", 3);
    attribute->length = 35;
  } else if (fault("point-odd")) {
    value[0] = 0x05;
  } else if (fault("key-changed") && lost) {
    memcpy(value, other, sizeof other);
  }
}

static CK_ULONG get_attribute_value(CK_ULONG session, CK_ULONG object, struct attribute *attributes, CK_ULONG count) {
  CK_ULONG result = real.functions[GET_ATTRIBUTE_VALUE](session, object, attributes, count);
  for (CK_ULONG i = 0; i < count; i++) {
    if (attributes[i].type == CKA_EC_POINT && result == CKR_OK) reshape(&attributes[i]);
    if (attributes[i].type == CKA_LOCAL && fault("no-local")) {
      attributes[i].length = CK_UNAVAILABLE;
      result = CKR_ATTRIBUTE_TYPE_INVALID;
    }
  }
  return result;
}

static CK_ULONG sign(CK_ULONG session, CK_BYTE *data, CK_ULONG length, CK_BYTE *signature, CK_ULONG *signature_length) {
  int self_test = length > 8 && memcmp(data, "ztp-token-self-test", 19) == 0;
  if (!self_test && (fault("session-lost-always") || (!lost && (fault("session-lost-once") || fault("key-changed"))))) {
    lost = 1;
    return CKR_SESSION_HANDLE_INVALID;
  }
  CK_ULONG result = real.functions[SIGN](session, data, length, signature, signature_length);
  if (result == CKR_OK && signature != NULL && fault("wrong-signature")) signature[0] ^= 1;
  return result;
}

CK_ULONG C_GetFunctionList(struct list **out) {
  if (ours.version == 0) {
    void *library = dlopen(getenv("ZTP_FAULT_MODULE"), RTLD_NOW);
    CK_FN get = library == NULL ? NULL : (CK_FN)dlsym(library, "C_GetFunctionList");
    struct list *found;
    if (get == NULL || get(&found) != CKR_OK) return 0x5UL;
    real = *found;
    ours = *found;
    ours.functions[GET_FUNCTION_LIST] = (CK_FN)C_GetFunctionList;
    ours.functions[GET_TOKEN_INFO] = (CK_FN)get_token_info;
    ours.functions[LOGIN] = (CK_FN)login;
    ours.functions[GET_ATTRIBUTE_VALUE] = (CK_FN)get_attribute_value;
    ours.functions[SIGN] = (CK_FN)sign;
  }
  *out = &ours;
  return CKR_OK;
}
