//! Lists of programs by what they do: names, as words in a text.

/// Programs that start another program, named in their arguments.
pub const WRAPPERS: &str = "\
    env nice ionice chrt taskset timeout nohup setsid stdbuf time sudo doas pkexec unbuffer dbus-run-session \
    systemd-inhibit caffeinate command exec builtin setpriv prlimit choom fakeroot eatmydata nocache chronic torsocks \
    proxychains proxychains4 systemd-cat dbus-launch xvfb-run gamemoderun mangohud prime-run optirun primusrun \
    vblank_mode aa-exec runcon uclampset schedtool numactl cpulimit";
/// Options of [`WRAPPERS`] that take a value. If one has no value after all, the program is looked for one word too far
/// on: golem then refuses more than it has to.
pub const VALUED: &str = "\
    -u -n -c -g -k -s -p -o -e -i -C -U";
/// Programs that run their arguments, or the files that these name, as commands.
pub const INTERPRETERS: &str = "\
    sh bash dash zsh fish ksh mksh csh tcsh nu pwsh busybox toybox python pypy perl ruby node nodejs deno bun lua \
    luajit php awk gawk mawk nawk sed tclsh wish expect guile osascript Rscript ssh su runuser xargs parallel \
    find fd at batch watch script tmux screen systemd-run make gdb vim vi nvim emacs ed ex xdotool ydotool wtype \
    eval source crontab flatpak-spawn nsenter unshare chroot docker podman distrobox gnome-terminal konsole xterm \
    xfce4-terminal x-terminal-emulator kitty alacritty foot wezterm m4 bc sqlite3 psql mysql strace ltrace socat \
    hyprctl swaymsg i3-msg qdbus busctl view rvim rview gvim gview vimdiff emacsclient red jed joe nano pico micro \
    elvish rbash ash pypy3 ipython irb jshell ghci runghc groovy scala julia octave R gnuplot maxima swipl ocaml racket \
    scheme csi sbcl clisp ecl elixir erl iex tsx ts-node npx pnpx bunx uv uvx pipx poetry pipenv conda tox nox dc \
    gmake ninja just rake ant mvn gradle gradlew scons bazel start-stop-daemon daemonize run-parts capsh flock \
    proot bwrap firejail lxc lxc-attach lxc-execute incus machinectl vagrant ansible ansible-playbook kubectl nerdctl \
    rlwrap logsave perf valgrind rr lldb entr byobu zellij dtach abduco urxvt rxvt st terminator tilix guake \
    lxterminal mate-terminal ptyxis ghostty kermit cu minicom picocom mosh sshfs gdbus dbus-send dotool \
    mariadb redis-cli mongo mongosh sqlplus snobol4 unbuffer cpan hyperfine retry sem faketime";
/// Programs that are dangerous with any arguments: what they do, and their names.
pub const DANGEROUS: &[(&str, &str)] = &[
    (
        "deletes",
        "rm rmdir unlink shred srm wipe truncate dd wipefs fdisk sfdisk gdisk parted blkdiscard trash-empty \
         trash-rm mv",
    ),
    (
        "installs or removes software",
        "apt apt-get aptitude dpkg dnf yum rpm pacman yay paru zypper apk emerge pip pip3 pipx npm yarn pnpm \
         gem brew snap pkcon fwupdmgr nix-env make",
    ),
    (
        "sends",
        "mail mailx sendmail mutt neomutt msmtp swaks scp sftp rsync rclone ftp lftp telnet nc ncat netcat \
         socat ssh signal-cli telegram-send gh lp lpr xdg-email",
    ),
    ("powers off", "shutdown reboot poweroff halt init telinit pm-suspend pm-hibernate zzz"),
    ("ends programs", "kill pkill killall xkill skill fuser"),
    ("acts as another user", "sudo doas pkexec su runuser"),
    (
        "changes who may do what",
        "chmod chown chgrp setfacl passwd usermod useradd userdel visudo crontab iptables nft ufw",
    ),
    ("types into other windows", "xdotool ydotool wtype dotool"),
];
/// Programs that are dangerous with certain words or options among their arguments: the program, what it then does, and
/// the words (empty for any).
pub const WITH_WORD: &[(&str, &str, &str)] = &[
    ("systemctl", "powers off", "poweroff reboot halt kexec suspend hibernate hybrid-sleep suspend-then-hibernate"),
    ("systemctl", "stops or changes services", "stop kill disable mask isolate restart edit enable"),
    (
        "loginctl",
        "powers off",
        "poweroff reboot halt suspend hibernate hybrid-sleep terminate-session terminate-user kill-session \
         kill-user",
    ),
    ("gnome-session-quit", "ends the session", ""),
    ("git", "sends", "push send-email"),
    ("git", "deletes", "clean reset rm checkout restore stash"),
    ("find", "deletes", "-delete -exec -execdir -ok"),
    ("gio", "deletes", "trash remove move --empty"),
    (
        "curl",
        "sends",
        "-X --request -d --data --data-raw --data-binary --data-urlencode --json -F --form -T --upload-file",
    ),
    ("wget", "sends", "--post-data --post-file --method --body-data"),
    ("flatpak", "installs or removes software", "install uninstall update remove"),
    ("cargo", "installs or removes software", "install uninstall publish"),
    ("nix", "installs or removes software", "profile run shell"),
    ("docker", "stops or deletes containers", "rm rmi prune kill stop push run"),
    ("podman", "stops or deletes containers", "rm rmi prune kill stop push run"),
    ("kubectl", "changes a cluster", "delete apply scale drain"),
    ("virsh", "powers off", "destroy undefine shutdown reboot"),
];
/// Places whose files are read as commands or as permissions.
pub const POWERFUL_PLACES: &str = "\
    .ssh .bashrc .zshrc .profile .bash_profile .zprofile autostart .gnupg systemd cron.d crontab sudoers .config \
    bin";
