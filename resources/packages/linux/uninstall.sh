#!/bin/sh
# imgenc-uninstall: removes what the installer for one person put there, as its list says.
set -eu

#@SHARED@

usage="imgenc-uninstall [--also-settings] [--ask] [--no-dialogs]
Removes imgenc, as it was installed for you alone.
  --also-settings  also your settings, the library of encodings, networks that you added, and the log
  --ask            ask first, in a dialog
  --no-dialogs     say what there is to say on standard output alone"

confirmed() { # confirmed QUESTION: whether a person says yes
    if command -v zenity >/dev/null; then
        zenity --question --title=imgenc --no-markup --width=480 --text="$1"
    elif command -v kdialog >/dev/null; then
        kdialog --title imgenc --yesno "$1"
    elif command -v xmessage >/dev/null; then
        xmessage -center -title imgenc -buttons Yes:0,No:1 -default No "$1"
    else
        fail "Nothing on this desktop can ask. Type in a terminal: $HOME/.local/bin/imgenc-uninstall"
    fi
}

kept() { # the folders in which imgenc itself keeps something
    {
        base "${XDG_CONFIG_HOME:-}" "$HOME/.config"
        base "${XDG_DATA_HOME:-}" "$HOME/.local/share"
        base "${XDG_CACHE_HOME:-}" "$HOME/.cache"
        base "${XDG_STATE_HOME:-}" "$HOME/.local/state"
    } | while IFS= read -r folder; do
        [ ! -d "$folder/imgenc" ] || printf '%s\n' "$folder/imgenc"
    done
}

listed() { # listed KIND: the paths of that kind
    printf '%s\n' "$list" | sed -n "s/^$1 //p"
}

main() {
    also_settings=no ask=no
    for option; do
        case $option in
        --also-settings) also_settings=yes ;;
        --ask) ask=yes ;;
        --no-dialogs) dialogs=no ;;
        --help) printf '%s\n' "$usage" && exit 0 ;;
        *) printf '%s\n' "$usage" >&2 && exit 2 ;;
        esac
    done
    self=$(readlink -f -- "$0")
    program=${self%/*}
    lib=${program%/*}
    list=$(cat -- "$program/installed") || fail "The list of what was installed is missing: $program/installed"
    if [ "$ask" = yes ] && ! confirmed "Uninstall imgenc? Your settings and your library of encodings stay."; then
        exit 0
    fi
    exec 9<"$lib"
    flock -n 9 || fail "imgenc is being installed, or uninstalled already."
    ! is_running "$lib/imgenc-" || fail "imgenc is running. Close it, then uninstall it again."

    listed link | while IFS= read -r path; do # only what is one still: a person may have put something else there since
        ! is_own_link "$path" "$lib" || rm -f -- "$path"
    done || fail "Not all could be removed; see above."
    listed file | while IFS= read -r path; do rm -f -- "$path"; done || fail "Not all could be removed; see above."
    refresh_menu "$(listed share)"
    rm -f -- "$lib/imgenc"
    rm -rf -- "$lib"/.imgenc-new.* # of those that were killed
    gone=$lib/.imgenc-new.gone # half of it would be taken for imgenc under its own name
    mkdir -- "$gone"
    for folder in "$lib"/imgenc-*; do # an upgrade that was killed left another
        [ ! -f "$folder/installed" ] || mv -- "$folder" "$gone"
    done
    rm -rf -- "$gone" || fail "Not all could be removed: $gone"
    said="imgenc is uninstalled."
    if [ "$also_settings" = yes ]; then
        kept | while IFS= read -r path; do rm -rf -- "$path"; done || fail "Not all of your settings could be removed."
        said="$said So are its settings and its library. Your pictures are where they were."
    elif [ -n "$(kept)" ]; then
        said="$said What it kept for you (settings, library, log) stays in:
$(kept)"
    fi
    # Folders that came with it go if nothing else is in them.
    listed folder | while IFS= read -r path; do rmdir -- "$path" 2>/dev/null || true; done
    tell "$said"
}

main "$@"
exit
