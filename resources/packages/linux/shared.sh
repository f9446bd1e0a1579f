# What the installer and the uninstaller for one person share.

dialogs=auto # no: words go to the standard streams alone

tell() { # tell TEXT: where nobody sees standard output, because a file manager or a menu started this, also in a dialog
    printf '%s\n' "$1"
    if [ "$dialogs" = no ] || [ -t 1 ] || [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
        return 0
    fi
    if command -v zenity >/dev/null; then
        zenity --info --title=imgenc --no-markup --width=480 --text="$1"
    elif command -v kdialog >/dev/null; then
        kdialog --title imgenc --msgbox "$1"
    elif command -v xmessage >/dev/null; then
        xmessage -center -title imgenc "$1"
    elif command -v notify-send >/dev/null; then
        notify-send imgenc "$1"
    fi || true # however it was closed
}

fail() { # fail TEXT: say why it can't go on, and end
    tell "$1" >&2
    exit 1
}

is_running() { # is_running PATHS: whether a program is whose path begins so; other people's processes don't tell
    readlink /proc/[0-9]*/exe 2>/dev/null | grep -qF -- "$1"
}

refresh_menu() { # refresh_menu SHARE: let menus and file managers know of what came or went
    set -- "$1" "$1"/applications/*.desktop
    if [ ! -e "$2" ]; then
        rm -f -- "$1/applications/mimeinfo.cache"
    elif command -v update-desktop-database >/dev/null; then
        update-desktop-database -q "$1/applications"
    fi
    [ ! -d "$1/icons/hicolor" ] || touch -- "$1/icons/hicolor" # caches of icons that are older count no more
}
