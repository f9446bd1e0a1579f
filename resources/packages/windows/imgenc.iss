; Inno Setup 6: the installer for one person, without an administrator. Made by make.py, which writes endings.iss first.
; Prepared, not tried: no Windows was at hand.

#ifndef Version
  #error Give the version: iscc /DVersion=1.2.3
#endif
#ifndef Root
  #define Root "..\..\.."
#endif

[Setup]
AppId={{6E1B1E0C-6B8C-4B55-9C0E-3F1D8B5B6A77}
AppName=imgenc
AppVersion={#Version}
AppPublisher=The imgenc developers
DefaultDirName={autopf}\imgenc
DisableProgramGroupPage=yes
PrivilegesRequired=lowest
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
MinVersion=10.0.17763
LicenseFile={#Root}\LICENSE
OutputDir={#Root}\dist
OutputBaseFilename=imgenc-{#Version}-windows
SetupIconFile={#Root}\build\icons\imgenc.ico
UninstallDisplayIcon={app}\imgenc-gui.exe
Compression=lzma2/max
SolidCompression=yes
WizardStyle=modern
ChangesAssociations=yes
CloseApplications=yes

[Tasks]
Name: "desktopicon"; Description: "{cm:CreateDesktopIcon}"; Flags: unchecked

[Files]
Source: "{#Root}\dist\imgenc\*"; DestDir: "{app}"; Flags: recursesubdirs createallsubdirs ignoreversion

[InstallDelete]
; what an earlier version had, and this one may not have
Type: filesandordirs; Name: "{app}\_internal"

[Icons]
Name: "{autoprograms}\imgenc"; Filename: "{app}\imgenc-gui.exe"
Name: "{autodesktop}\imgenc"; Filename: "{app}\imgenc-gui.exe"; Tasks: desktopicon

[Registry]
Root: HKA; Subkey: "Software\Classes\imgenc.Picture"; ValueType: string; ValueData: "Picture"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\imgenc.Picture\DefaultIcon"; ValueType: string; ValueData: "{app}\imgenc-gui.exe,0"
Root: HKA; Subkey: "Software\Classes\imgenc.Picture\shell\open\command"; ValueType: string; ValueData: """{app}\imgenc-gui.exe"" ""%1"""
Root: HKA; Subkey: "Software\Classes\Applications\imgenc-gui.exe"; ValueType: string; ValueName: "FriendlyAppName"; ValueData: "imgenc"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\Applications\imgenc-gui.exe\shell\open\command"; ValueType: string; ValueData: """{app}\imgenc-gui.exe"" ""%1"""
Root: HKA; Subkey: "Software\Classes\Directory\shell\imgenc"; ValueType: string; ValueData: "Open with imgenc"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\Directory\shell\imgenc"; ValueType: string; ValueName: "Icon"; ValueData: "{app}\imgenc-gui.exe,0"
Root: HKA; Subkey: "Software\Classes\Directory\shell\imgenc\command"; ValueType: string; ValueData: """{app}\imgenc-gui.exe"" ""%1"""
#include "..\..\..\build\endings.iss"

[Run]
Filename: "{app}\imgenc-gui.exe"; Description: "{cm:LaunchProgram,imgenc}"; Flags: nowait postinstall skipifsilent
