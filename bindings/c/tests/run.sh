#!/usr/bin/env bash
# Tests libztp from C: the header alone in four dialects, the symbols, then the smoke program against the shared and the static
# library, plain, under AddressSanitizer and UndefinedBehaviorSanitizer, and under valgrind.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
work=$target/c-tests
cc=${CC:-cc}
strict=(-DZTP_SIGNER -std=c11 -O1 -g -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -I "$root/bindings/c/include" -I "$here")

if ! command -v "$cc" >/dev/null; then
    echo "no C compiler ($cc): the C tests need one (Debian: apt-get install gcc)" >&2
    exit 3
fi
cd "$root"
mkdir -p "$work"
cd "$work"

echo "== exported symbols of a bench's library: nothing that signs for an issuer"
cargo build --quiet --manifest-path "$root/Cargo.toml" -p ztp-c
nm -D --defined-only "$target/debug/libztp.so" | awk '{print $3}' | LC_ALL=C sort >exports.bench
LC_ALL=C comm -23 "$here/../exports.txt" "$here/../exports-signer.txt" | diff - exports.bench
cargo build --quiet --manifest-path "$root/Cargo.toml" -p ztp-c --features signer
ln -sf ../debug/libztp.so libztp.so
ln -sf ../debug/libztp.so libztp.so.0
mapfile -t native <"$here/../native-static-libs.txt"

echo "== header alone"
printf '#include <ztp.h>\nint main(void) { return (int)ztp_abi_version() - ZTP_ABI_VERSION; }\n' >header.c
for dialect in c99 c11 c2x; do
    "$cc" -std=$dialect -Wall -Wextra -Wpedantic -Werror -I "$root/bindings/c/include" -fsyntax-only header.c
    "$cc" -DZTP_SIGNER -std=$dialect -Wall -Wextra -Wpedantic -Werror -I "$root/bindings/c/include" -fsyntax-only header.c
done
if command -v "${CXX:-c++}" >/dev/null; then
    "${CXX:-c++}" -std=c++17 -x c++ -Wall -Wextra -Wpedantic -Werror -I "$root/bindings/c/include" -fsyntax-only header.c
else
    echo "SKIPPED: the header as C++17, there is no C++ compiler" >&2
fi

echo "== exported symbols of an issuer's library"
nm -D --defined-only "$target/debug/libztp.so" | awk '{print $3}' | LC_ALL=C sort >exports.found
diff "$here/../exports.txt" exports.found

echo "== system libraries that the static library needs"
cargo rustc --manifest-path "$root/Cargo.toml" -p ztp-c --features signer --crate-type staticlib -- --print native-static-libs 2>&1 |
    sed -n 's/^note: native-static-libs: //p' | tr ' ' '\n' | LC_ALL=C sort -u >native-static-libs.found
diff "$here/../native-static-libs.txt" native-static-libs.found

build() { # output, then compiler flags and sources
    local out=$1
    shift
    "$cc" "${strict[@]}" "$@" -o "$out"
}
shared=(-L . -lztp "-Wl,-rpath,$work" -lpthread)
static=("$target/debug/libztp.a" "${native[@]}")
sanitizers=("-fsanitize=address,undefined" -fno-sanitize-recover=all -fno-omit-frame-pointer)

build smoke-shared "$here/smoke.c" "${shared[@]}"
build smoke-static "$here/smoke.c" "${static[@]}"
build smoke-sanitized "${sanitizers[@]}" "$here/smoke.c" "${static[@]}"
build conformance "$here/conformance.c" "${static[@]}"
build conformance-sanitized "${sanitizers[@]}" "$here/conformance.c" "${static[@]}"
for example in "$root"/examples/c/*.c; do
    build "example-$(basename "$example" .c)" "$example" "${static[@]}"
done

echo "== smoke, shared library"
./smoke-shared
echo "== smoke, static library"
./smoke-static
echo "== smoke, AddressSanitizer and UndefinedBehaviorSanitizer"
ASAN_OPTIONS=detect_leaks=1 ./smoke-sanitized
echo "== installed, found through pkg-config"
if command -v pkg-config >/dev/null && command -v make >/dev/null; then
    rm -rf "$work/prefix"
    make --silent -C "$here/.." install PROFILE=dev FEATURES=signer PREFIX="$work/prefix"
    export PKG_CONFIG_PATH=$work/prefix/lib/pkgconfig
    # shellcheck disable=SC2046
    "$cc" $(pkg-config --cflags ztp) header.c $(pkg-config --libs ztp) -Wl,-rpath,"$work/prefix/lib" -o installed-shared
    # shellcheck disable=SC2046
    "$cc" $(pkg-config --cflags ztp) header.c -Wl,-Bstatic $(pkg-config --libs ztp) -Wl,-Bdynamic \
        $(pkg-config --static --libs-only-l ztp | sed 's/-lztp//') -o installed-static
    rm "$work/prefix/lib/libztp.so"
    ./installed-shared
    ./installed-static
    "$cc" -static $(pkg-config --cflags ztp) header.c $(pkg-config --static --libs ztp) -o installed-without-any-shared-library
    ./installed-without-any-shared-library
    make --silent -C "$here/.." uninstall PROFILE=dev FEATURES=signer PREFIX="$work/prefix"
    # The library that was just built can sign for an issuer; as a bench's it is refused, and nothing is installed.
    if make --silent -C "$here/.." install PROFILE=dev BUILD=no PREFIX="$work/bench" 2>refused; then
        echo "a library that signs for an issuer was installed as a bench's" >&2
        exit 1
    fi
    grep -q 'can sign for an issuer' refused
    test ! -e "$work/bench"
    test -z "$(find "$work/prefix" -type f)"
else
    echo "SKIPPED: the installed library, pkg-config or make is not installed (Debian: apt-get install pkg-config make)" >&2
fi

echo "== conformance, AddressSanitizer and UndefinedBehaviorSanitizer"
cd "$root"
vectors() { cargo run --quiet -p ztp-vectors -- "$@"; }
vectors flatten >"$work/cases.tsv"
"$work/conformance-sanitized" <"$work/cases.tsv" >"$work/answers.tsv"
vectors digest "c=$work/answers.tsv"
vectors library flatten >"$work/library-cases.tsv"
"$work/conformance-sanitized" <"$work/library-cases.tsv" >"$work/library-answers.tsv"
vectors library digest "c=$work/library-answers.tsv"
vectors scripts flatten >"$work/scripts-cases.tsv"
"$work/conformance-sanitized" <"$work/scripts-cases.tsv" >"$work/scripts-answers.tsv"
vectors scripts digest "c=$work/scripts-answers.tsv"
cd "$work"

echo "== smoke and conformance, valgrind"
if command -v valgrind >/dev/null; then
    # The verifier's thread pool lives as long as the process; its stacks count as "possibly lost" and are not shown.
    check=(valgrind --quiet --error-exitcode=1 --leak-check=full "--show-leak-kinds=definite,indirect"
        "--errors-for-leak-kinds=definite,indirect")
    "${check[@]}" ./smoke-static
    for set in "" library- scripts-; do
        (cd "$root" && "${check[@]}" "$work/conformance" <"$work/${set}cases.tsv") | cmp - "$work/${set}answers.tsv"
    done
else
    echo "SKIPPED: the valgrind run, valgrind is not installed (Debian: apt-get install valgrind)" >&2
fi
