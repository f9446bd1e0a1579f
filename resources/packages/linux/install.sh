#!/bin/sh
# Installs imgenc @VERSION@ for one person, without root: `sh imgenc-@VERSION@-x86_64.run`, or a double click where the file
# manager may run it. What is installed lies behind the last line of this text.
set -eu

version=@VERSION@
payload_bytes=@PAYLOAD_BYTES@ # a tar.xz of bin, lib and share, at the end of this file
payload_sha256=@PAYLOAD_SHA256@
unpacked_kb=@UNPACKED_KB@
debian_packages="@DEBIAN_PACKAGES@"

usage="imgenc-$version-x86_64.run [--check] [--no-dialogs]
Installs imgenc into ~/.local, for you alone; over an older one, if there is one. A newer one stays.
  --check       only look whether this file is whole
  --no-dialogs  say what there is to say on the standard streams alone"

#@SHARED@

uninstaller() {
    cat <<'END_OF_UNINSTALLER'
#@UNINSTALLER@
END_OF_UNINSTALLER
}

payload() {
    tail -c "$payload_bytes" -- "$0"
}

check_payload() {
    [ "$(payload | sha256sum | cut -d ' ' -f 1)" = "$payload_sha256" ] ||
        fail "This file is damaged, or not all of it is there. Download it once more."
}

check_system() {
    [ "$(uname -s) $(uname -m)" = "Linux x86_64" ] || fail "This is imgenc for Linux on x86-64 processors only."
    for tool in tar xz sha256sum flock; do
        command -v "$tool" >/dev/null || fail "To unpack imgenc, the program $tool is needed, and it isn't installed (xz: the package xz-utils)."
    done
    if [ "$(id -u)" = 0 ] && [ -n "${SUDO_USER:-}" ]; then
        fail "This installs imgenc for one person. Start it without sudo."
    fi
    [ -n "${HOME:-}" ] || HOME=$(getent passwd "$(id -u)" | cut -d : -f 6)
    [ -d "${HOME:-}" ] || fail "There is no home folder to install imgenc into."
    HOME=$(cd -- "$HOME" && pwd -P)
    share=$(base "${XDG_DATA_HOME:-}" "$HOME/.local/share")
    [ "$(printf '%s' "$HOME$share" | wc -l)" = 0 ] || fail "Menus can't stand the line end in the name of your home folder."
    lib=$HOME/.local/lib
    bin=$HOME/.local/bin
}

check_newer() { # what a newer imgenc has kept, an older one may not know
    there=$(readlink -- "$lib/imgenc" 2>/dev/null) || return 0
    there=${there#imgenc-}
    there=${there%%-*}
    # With a tilde 1.0rc1 and 1.0.dev2 come before 1.0.
    printf '%s\n' "$there" "$version" | sed 's/\.\{0,1\}\([a-z]\)/~\1/' | sort -VC ||
        fail "imgenc $there is installed, which is newer than this one, $version. If it is to be $version all the same, uninstall $there first: $lib/imgenc/imgenc-uninstall"
}

check_space() { # for the program, and a tenth
    free_kb=$(df -Pk -- "$lib" | awk 'NR == 2 { print $4 }')
    [ "$free_kb" -ge $((unpacked_kb * 11 / 10)) ] ||
        fail "imgenc needs $((unpacked_kb * 11 / 10240)) MB in $lib, and $((free_kb / 1024)) MB are free."
}

make_folder() { # make_folder PATH: and note which weren't there, innermost first
    if [ ! -d "${1:-/}" ]; then
        make_folder "${1%/*}"
        mkdir -- "$1" || fail "This folder can't be made: $1"
        made="$1
$made"
    fi
}

escaped() { # escaped PATH: as a text of a desktop file
    printf '%s' "$1" | sed 's/\\/\\\\/g'
}

quoted() { # quoted PATH: as an argument of Exec in a desktop file
    printf '"%s"' "$(escaped "$(printf '%s' "$1" | sed 's/[\\"`$]/\\&/g; s/%/%%/g')")"
}

with_own_paths() { # a desktop file for this person, who may have no ~/.local/bin in PATH
    while IFS= read -r line; do
        case $line in
        Exec=*) printf 'Exec=%s %%F\n' "$(quoted "$lib/imgenc/imgenc-gui")" ;;
        TryExec=*) printf 'TryExec=%s\n' "$(escaped "$lib/imgenc/imgenc-gui")" ;;
        *) printf '%s\n' "$line" ;;
        esac
    done
}

default_of() { # default_of TYPE: what opens files of it
    LC_ALL=C gio mime "$1" | sed -n '1s/.*: \(.*\.desktop\)$/\1/p'
}

types() {
    sed -n 's/^MimeType=//p' "$1" | tr ';' '\n' | sed '/^$/d'
}

note_defaults() { # into $new/defaults: what opens pictures and folders
    ! command -v gio >/dev/null || types "$new/share/applications/zz-imgenc.desktop" | while read -r type; do
        printf '%s %s\n' "$type" "$(default_of "$type")"
    done >"$new/defaults"
}

keep_defaults() { # a person's own programs go before the system's: whatever imgenc would open instead, it leaves alone
    entry=$share/applications/zz-imgenc.desktop
    if ! listed "$entry"; then
        return 0
    elif ! command -v gio >/dev/null; then
        printf 'inode/directory \n' # nobody can tell
    else
        while read -r type before; do
            if [ -n "$before" ] && [ "$before" != zz-imgenc.desktop ] && [ "$(default_of "$type")" = zz-imgenc.desktop ]; then
                printf '%s\n' "$type"
            fi
        done <"$new/defaults"
    fi >"$new/taken"
    while read -r type; do sed -i "/^MimeType=/s#\([=;]\)$type;#\1#" "$entry"; done <"$new/taken"
    [ ! -s "$new/taken" ] || refresh_menu "$share"
}

is_ours() { # is_ours KIND PATH: whether it may be put there: nothing is, or what an earlier imgenc put there
    if [ -L "$2" ]; then
        [ "$1" = link ] && is_own_link "$2" "$lib"
    else
        [ ! -e "$2" ] || grep -qxF -- "file $2" "$lib/imgenc/installed" 2>/dev/null # none, the first time
    fi
}

unpack() { # into $new
    payload | tar -xJ --no-same-owner --strip-components=2 --exclude=./usr/share/doc -C "$new" ||
        fail "imgenc could not be unpacked in $lib. Nothing was changed."
    uninstaller >"$new/lib/imgenc/imgenc-uninstall"
    chmod 755 "$new/lib/imgenc/imgenc-uninstall"
    for entry in "$new"/share/applications/*.desktop; do
        with_own_paths <"$entry" >"$new/entry"
        mv -- "$new/entry" "$entry"
    done
    {
        printf 'Actions=uninstall;\n\n[Desktop Action uninstall]\nName=Uninstall imgenc\n'
        printf 'Exec=%s --ask\n' "$(quoted "$lib/imgenc/imgenc-uninstall")"
    } >>"$new/share/applications/imgenc.desktop"
}

try() { # whether it runs here: an old system, a missing library, a home that no program may run in
    for program in imgenc imgenc-gui; do
        said=$("$new/lib/imgenc/$program" --version </dev/null 2>&1) || fail "imgenc can't run on this system, and is not installed:
$(printf '%s\n' "$said" | tail -n 1)
It needs glibc @GLIBC@ or newer (Debian 12, Ubuntu 22.04, Fedora 36). What else is missing, this brings on Debian and Ubuntu:
sudo apt install $debian_packages"
    done
}

place() { # the program, then the names under which it is found; $left tells what is somebody else's
    left=
    : >"$new/lib/imgenc/installed"
    (cd "$new/share" && find . -type f | sort) >"$new/shared"
    note() { # note KIND PATH: it will be put there, a file or a link
        if is_ours "$1" "$2"; then
            make_folder "${2%/*}"
            [ -w "${2%/*}" ] || fail "imgenc is not installed: nothing can be written to ${2%/*}."
            printf '%s %s\n' "$1" "$2" >>"$new/lib/imgenc/installed"
        else
            left="$left
$2"
        fi
    }
    while IFS= read -r path; do note file "$share/${path#./}"; done <"$new/shared"
    for name in imgenc imgenc-gui imgenc-uninstall; do note link "$bin/$name"; done
    printf 'share %s\n' "$share" >>"$new/lib/imgenc/installed"
    {
        printf '%s' "$made" | sed 's/^/folder /'
        sed -n '/^folder /p' "$lib/imgenc/installed" 2>/dev/null || true # none, the first time
    } >>"$new/lib/imgenc/installed"

    note_defaults
    final=imgenc-$version
    [ ! -e "$lib/$final" ] || final=imgenc-$version-$$
    trap '' HUP INT TERM # a moment, from here on
    mv -- "$new/lib/imgenc" "$lib/$final"
    made= # all that was made is noted there
    old=$(cat -- "$lib/imgenc/installed" 2>/dev/null || true)
    ln -s "$final" "$new/imgenc"
    mv -T -- "$new/imgenc" "$lib/imgenc" # here it is installed: at once, or not at all
    listed() { grep -qxF -- "file $1" "$lib/imgenc/installed"; }
    while IFS= read -r path; do
        ! listed "$share/${path#./}" || mv -f -- "$new/share/$path" "$share/${path#./}"
    done <"$new/shared"
    for name in imgenc imgenc-gui imgenc-uninstall; do
        ! grep -qxF -- "link $bin/$name" "$lib/imgenc/installed" || ln -sfn -- "$lib/imgenc/$name" "$bin/$name"
    done
    printf '%s\n' "$old" | sed -n 's/^file //p' | while IFS= read -r path; do listed "$path" || rm -f -- "$path"; done
    refresh_menu "$share"
    keep_defaults
    for folder in "$lib"/imgenc-*; do # earlier ones; what is in $new goes in any case
        [ "${folder##*/}" = "$final" ] || [ ! -f "$folder/installed" ] || mv -- "$folder" "$new/${folder##*/}"
    done
}

clean() {
    [ -z "${new:-}" ] || rm -rf -- "$new"
    printf '%s' "${made:-}" | while IFS= read -r path; do rmdir -- "$path" 2>/dev/null || true; done
}

main() {
    check=no
    for option; do
        case $option in
        --check) check=yes ;;
        --no-dialogs) dialogs=no ;;
        --help) printf '%s\n' "$usage" && exit 0 ;;
        *) printf '%s\n' "$usage" >&2 && exit 2 ;;
        esac
    done
    check_system
    check_payload
    if [ "$check" = yes ]; then
        tell "This file is whole."
        exit 0
    fi
    made=""
    new=""
    trap clean EXIT
    trap 'exit 130' HUP INT TERM
    make_folder "$lib"
    lib=$(cd -P -- "$lib" && pwd) # by the path under which its processes are known
    exec 9<"$lib"
    flock -n 9 || fail "imgenc is being installed already."
    rm -rf -- "$lib"/.imgenc-new.* # of those that were killed
    ! is_running "$lib/imgenc-" || fail "imgenc is running. Close it, then start this again."
    check_newer
    check_space
    printf 'Unpacking imgenc %s ...\n' "$version"
    new=$(mktemp -d -- "$lib/.imgenc-new.XXXXXX") || fail "Nothing can be written to $lib."
    unpack
    try
    place
    said="imgenc $version is installed in $lib/imgenc, for you alone.
It is in the menu of applications, and in \"Open with\" of pictures and folders."
    case :${PATH:-}: in
    *":$bin:"*) said="$said In a terminal: imgenc, imgenc-gui." ;;
    *) said="$said In a terminal, from your next login on: imgenc, imgenc-gui." ;;
    esac
    [ -z "$left" ] || said="$said
These were there before, are not imgenc's, and were left as they are:$left"
    tell "$said
To uninstall it, right-click it in the menu, or type in a terminal: $bin/imgenc-uninstall"
}

main "$@"
exit
