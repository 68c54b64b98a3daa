/* The steps of a script that are no operation: a fresh folder, and what a hostile hand or a crash does to the files in it. */
#ifndef ZTP_TEST_STAGE_H
#define ZTP_TEST_STAGE_H

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    uint8_t *data;
    size_t len;
} Arg;

enum { LOCKS_MAX = 8 };

static struct {
    char left[4096], folder[64];
    bool begun;
    int locks[LOCKS_MAX], held;
} stage;

static void stage_fail(const char *what) {
    perror(what);
    exit(2);
}

#define MUST(condition, what)                                                                                                    \
    do {                                                                                                                         \
        if (!(condition))                                                                                                        \
            stage_fail(what);                                                                                                    \
    } while (0)

/* The argument as a text that ends in NUL, to be freed. */
static char *stage_text(Arg arg) {
    char *text = malloc(arg.len + 1);
    MUST(text != NULL, "malloc");
    if (arg.len > 0)
        memcpy(text, arg.data, arg.len);
    text[arg.len] = '\0';
    return text;
}

static char *stage_join(const char *dir, const char *name) {
    size_t len = strlen(dir) + strlen(name) + 2;
    char *path = malloc(len);
    MUST(path != NULL, "malloc");
    snprintf(path, len, "%s/%s", dir, name);
    return path;
}

static void stage_write(const char *path, const char *mode, const void *bytes, size_t len) {
    FILE *file = fopen(path, mode);
    MUST(file != NULL, path);
    MUST(len == 0 || fwrite(bytes, 1, len, file) == len, path);
    MUST(fclose(file) == 0, path);
}

static Arg stage_read(const char *path) {
    FILE *file = fopen(path, "rb");
    MUST(file != NULL && fseek(file, 0, SEEK_END) == 0, path);
    long end = ftell(file);
    MUST(end >= 0 && fseek(file, 0, SEEK_SET) == 0, path);
    Arg all = {malloc((size_t)end + 1), (size_t)end};
    MUST(all.data != NULL && fread(all.data, 1, all.len, file) == all.len, path);
    fclose(file);
    return all;
}

/* Calls on_child for everything in a directory; `to` is passed on. */
static void stage_children(const char *dir, const char *to, void (*on_child)(const char *, const char *)) {
    DIR *open = opendir(dir);
    MUST(open != NULL, dir);
    for (struct dirent *entry; (entry = readdir(open)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        char *from = stage_join(dir, entry->d_name), *there = stage_join(to, entry->d_name);
        on_child(from, there);
        free(from);
        free(there);
    }
    closedir(open);
}

static void stage_copy(const char *from, const char *to) {
    struct stat about;
    MUST(stat(from, &about) == 0, from);
    if (S_ISDIR(about.st_mode)) {
        MUST(mkdir(to, 0755) == 0, to);
        stage_children(from, to, stage_copy);
        return;
    }
    Arg all = stage_read(from);
    stage_write(to, "wb", all.data, all.len);
    free(all.data);
    MUST(chmod(to, about.st_mode & 07777) == 0, to);
}

static void stage_remove(const char *path, const char *unused) {
    struct stat about;
    (void)unused;
    MUST(lstat(path, &about) == 0, path);
    if (S_ISDIR(about.st_mode)) {
        stage_children(path, "", stage_remove);
        MUST(rmdir(path) == 0, path);
    } else {
        MUST(unlink(path) == 0, path);
    }
}

static void stage_replace(const char *path, Arg old, Arg new) {
    Arg all = stage_read(path);
    size_t at = 0;
    while (at + old.len <= all.len && memcmp(all.data + at, old.data, old.len) != 0)
        at++;
    MUST(old.len > 0 && at + old.len <= all.len, "what is to be replaced is not there");
    stage_write(path, "wb", all.data, at);
    stage_write(path, "ab", new.data, new.len);
    stage_write(path, "ab", all.data + at + old.len, all.len - at - old.len);
    free(all.data);
}

static void stage_resize(const char *path, const char *size) {
    struct stat about;
    MUST(stat(path, &about) == 0, path);
    long long wanted = strtoll(size, NULL, 10);
    MUST(truncate(path, (off_t)(wanted < 0 ? about.st_size + wanted : wanted)) == 0, path);
}

static void stage_begin(void) {
    MUST(!stage.begun && getcwd(stage.left, sizeof stage.left) != NULL, "fs_begin");
    snprintf(stage.folder, sizeof stage.folder, "/tmp/ztp-script-XXXXXX");
    MUST(mkdtemp(stage.folder) != NULL && chdir(stage.folder) == 0, stage.folder);
    stage.begun = true;
}

static void stage_end(void) {
    MUST(stage.begun && chdir(stage.left) == 0, "fs_end");
    for (int i = 0; i < stage.held; i++)
        close(stage.locks[i]);
    stage.held = 0;
    stage_remove(stage.folder, "");
    stage.begun = false;
}

static void stage_lock(const char *path) {
    MUST(stage.begun && stage.held < LOCKS_MAX, "fs_lock");
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    MUST(file >= 0 && flock(file, LOCK_EX | LOCK_NB) == 0, path);
    stage.locks[stage.held++] = file;
}

/* Takes the step `op`; false if it is none of these. */
static bool stage_step(const char *op, const Arg *args, int count) {
    if (op == NULL || strncmp(op, "fs_", 3) != 0)
        return false;
    char *text[3] = {NULL, NULL, NULL};
    for (int i = 0; i < 3; i++)
        text[i] = stage_text(i < count ? args[i] : (Arg){NULL, 0});
#define IS(name, wanted) (strcmp(op, "fs_" name) == 0 && count == (wanted) && (stage.begun || (wanted) == 0))
    if (IS("begin", 0))
        stage_begin();
    else if (IS("end", 0))
        stage_end();
    else if (IS("lock", 1))
        stage_lock(text[0]);
    else if (IS("mkdir", 1))
        MUST(mkdir(text[0], 0755) == 0, text[0]);
    else if (IS("put", 2))
        stage_write(text[0], "wb", args[1].data, args[1].len);
    else if (IS("append", 2))
        stage_write(text[0], "ab", args[1].data, args[1].len);
    else if (IS("symlink", 2))
        MUST(symlink(text[0], text[1]) == 0, text[1]);
    else if (IS("chmod", 2))
        MUST(chmod(text[0], (mode_t)strtoul(text[1], NULL, 8)) == 0, text[0]);
    else if (IS("replace", 3))
        stage_replace(text[0], args[1], args[2]);
    else if (IS("resize", 2))
        stage_resize(text[0], text[1]);
    else if (IS("copy", 2))
        stage_copy(text[0], text[1]);
    else if (IS("remove", 1))
        stage_remove(text[0], "");
    else
        stage_fail(op);
#undef IS
    for (int i = 0; i < 3; i++)
        free(text[i]);
    return true;
}

#endif
