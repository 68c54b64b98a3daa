package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// stage is the script under way: a fresh folder, and what a hostile hand or a crash does to the files in it.
var stage struct {
	left, folder string
	locks        []*os.File
}

// step takes the step op of a script; false if it is none. Paths are relative to the script's folder, which is the current one of
// the process from fs_begin to fs_end.
func step(op string, a []argument) (bool, error) {
	if !strings.HasPrefix(op, "fs_") {
		return false, nil
	}
	switch begun := stage.folder != ""; {
	case op == "fs_begin" && len(a) == 0 && !begun:
		return true, begin()
	case op == "fs_end" && len(a) == 0 && begun:
		return true, end()
	case begun && len(a) > 0:
		return true, change(op, a)
	}
	return true, fmt.Errorf("%s with %d arguments, or outside of a script", op, len(a))
}

func begin() (err error) {
	if stage.left, err = os.Getwd(); err != nil {
		return err
	}
	if stage.folder, err = os.MkdirTemp("", "ztp-script-"); err != nil {
		return err
	}
	return os.Chdir(stage.folder)
}

func end() error {
	for _, lock := range stage.locks {
		lock.Close()
	}
	folder := stage.folder
	stage.locks, stage.folder = nil, ""
	if err := os.Chdir(stage.left); err != nil {
		return err
	}
	return os.RemoveAll(folder)
}

func change(op string, a []argument) error {
	path := a[0].text()
	switch fmt.Sprint(op, len(a)) {
	case "fs_lock1":
		return lock(path)
	case "fs_mkdir1":
		return os.Mkdir(path, 0o755)
	case "fs_remove1":
		return os.RemoveAll(path)
	case "fs_put2":
		return os.WriteFile(path, a[1], 0o644)
	case "fs_append2":
		file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			return err
		}
		defer file.Close()
		_, err = file.Write(a[1])
		return err
	case "fs_symlink2":
		return os.Symlink(path, a[1].text())
	case "fs_chmod2":
		mode, err := strconv.ParseUint(a[1].text(), 8, 32)
		if err != nil {
			return err
		}
		return os.Chmod(path, fs.FileMode(mode))
	case "fs_resize2":
		return resize(path, a[1].text())
	case "fs_copy2":
		return duplicate(path, a[1].text())
	case "fs_replace3":
		all, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if !bytes.Contains(all, a[1]) {
			return errors.New("what is to be replaced is not there")
		}
		return os.WriteFile(path, bytes.Replace(all, a[1], a[2], 1), 0o644)
	}
	return fmt.Errorf("no step %s with %d arguments", op, len(a))
}

func lock(path string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	stage.locks = append(stage.locks, file)
	return syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}

func resize(path, text string) error {
	size, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return err
	}
	if size < 0 {
		about, err := os.Stat(path)
		if err != nil {
			return err
		}
		size += about.Size()
	}
	return os.Truncate(path, size)
}

// duplicate copies a file, or a directory with all that is in it.
func duplicate(from, to string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		inside, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return os.Mkdir(filepath.Join(to, inside), 0o755)
		}
		about, err := entry.Info()
		if err != nil {
			return err
		}
		all, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, inside), all, about.Mode().Perm())
	})
}
