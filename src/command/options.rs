//! The options of programs that matter for spoken words: options whose values are run, read as settings, written to,
//! sent or taken as addresses, and arguments that choose what the program does.
//!
//! The sources are the programs' own manuals and the public collections of programs that can be made to run others
//! (<https://gtfobins.github.io>). A table can only know names: it catches slips, not malice. A program that is not in
//! the table may get words as arguments, but not as names of options; [`ANY`] lists the usual dangerous options of all
//! programs.

/// What a program does with an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Runs it, or reads it as a program.
    Runs,
    /// Reads its settings or further arguments from it, or from the file that it names.
    Settings,
    /// Writes to the file that it names.
    Writes,
    /// Reads the file that it names, and sends or shows the content.
    Reads,
    /// Reads the file that it names after a sign such as `@`.
    Sends,
    /// Opens it as an address.
    Address,
    /// Chooses by it what to do.
    Chooses,
    /// Takes it as text: the option has a value, so that the next argument is not one of its own.
    Plain,
}

/// A row: programs; words of which one must be among their arguments (empty for any); the use; and the arguments that
/// are used so.
///
/// `-x` and `--word` are options. The value follows them, or is glued to them: after `=`, in a cluster such as `-ax`,
/// or after an abbreviated long option. `-word` is an option with a single dash. `name=` is an argument that begins so.
/// `first`, `last` and `every` are arguments that are not options. `+` and `@` are arguments that begin with that sign
/// or are a spoken word as a whole. `bundle` says that options may come first and without a dash.
pub type OptionRow = (&'static str, &'static str, Use, &'static str);

/// Options whose value every program runs that has them; whole names only.
pub const ANY: &str = "\
    --exec --eval --shell --rsh --pager --editor --preload --use-compress-program --to-command --checkpoint-action \
    --rsync-path --upload-pack --receive-pack --init-command --init-file --rcfile";

/// The table, by kinds of programs.
#[rustfmt::skip]
pub const ROWS: &[OptionRow] = &[
    // Version control.
    ("git", "", Use::Runs, "-c --config-env --exec-path --git-dir --work-tree -C --namespace --super-prefix"),
    ("git", "", Use::Chooses, "first"),
    ("git", "clone fetch pull push ls-remote archive fetch-pack send-pack", Use::Runs,
        "-u --upload-pack --receive-pack --exec --template --config -c"),
    ("git", "clone fetch pull push ls-remote submodule remote archive daemon bundle", Use::Address, "every --remote"),
    ("git", "rebase filter-branch bisect submodule difftool mergetool grep daemon send-email instaweb web--browse", Use::Runs,
        "-x --exec --extcmd -O --open-files-in-pager --tree-filter --index-filter --msg-filter --env-filter --tool -t \
         --smtp-server --sendmail-cmd --to-cmd --cc-cmd --browser --access-hook"),
    ("git", "config bisect filter-branch", Use::Runs, "every"),
    ("git", "diff log show format-patch archive bundle worktree", Use::Writes, "--output -o --output-directory"),
    ("git", "commit tag notes merge", Use::Plain, "-m --message --author --date"),
    ("hg", "", Use::Runs, "--config --config-file --remotecmd --ssh -e --extcmd"),
    ("hg svn bzr fossil cvs", "", Use::Chooses, "first"),
    ("svn", "", Use::Runs, "--config-option --diff-cmd --diff3-cmd --editor-cmd --config-dir"),
    ("gh glab", "", Use::Chooses, "first"),
    // Archives and copies.
    ("tar bsdtar gtar", "", Use::Runs,
        "bundle -I --use-compress-program --to-command --checkpoint-action -F --info-script --new-volume-script \
         --rsh-command --rmt-command"),
    ("tar bsdtar gtar", "", Use::Settings, "-T --files-from -X --exclude-from @"),
    ("tar bsdtar gtar", "", Use::Writes, "-f --file -C --directory --index-file"),
    ("tar bsdtar gtar", "", Use::Plain, "--exclude"),
    ("rsync", "", Use::Runs, "-e --rsh --rsync-path -M --remote-option --early-exec --daemon --config --dparam"),
    ("rsync", "", Use::Settings, "-f --filter --files-from --exclude-from --include-from --password-file"),
    ("rsync", "", Use::Writes, "last --log-file --backup-dir --temp-dir -T --partial-dir --write-batch"),
    ("rsync", "", Use::Plain, "--exclude --include"),
    ("zip", "", Use::Runs, "-T -TT --test --unzip-command"),
    ("zip", "", Use::Writes, "first -O --output-file -b --temp-path"),
    ("7z 7za 7zr 7zz unrar rar", "", Use::Settings, "@ -i -x"),
    ("cpio", "", Use::Runs, "--rsh-command --to-stdout"),
    ("cpio", "", Use::Writes, "-F --file -O -D --directory"),
    ("ar", "", Use::Settings, "@ --plugin"),
    ("cp mv ln install tee", "", Use::Writes, "every -t --target-directory -S --suffix"),
    ("dd", "", Use::Writes, "of="),
    ("dd", "", Use::Settings, "if= first"),
    ("split csplit", "", Use::Runs, "--filter"),
    ("split csplit", "", Use::Writes, "last -f --prefix"),
    ("sort", "", Use::Runs, "--compress-program"),
    ("sort", "", Use::Settings, "--files0-from"),
    ("sort", "", Use::Writes, "-o --output -T --temporary-directory"),
    ("shuf uniq", "", Use::Writes, "-o --output"),
    ("wc du", "", Use::Settings, "--files0-from"),
    ("rename prename", "", Use::Runs, "first -e -E"),
    // Fetching and sending.
    ("curl", "", Use::Settings, "-K --config --netrc-file --engine --cert-type --key --unix-socket --abstract-unix-socket"),
    ("curl", "", Use::Writes,
        "-o --output --output-dir -D --dump-header -c --cookie-jar --trace --trace-ascii --stderr --libcurl --hsts --alt-svc --etag-save"),
    ("curl", "", Use::Sends,
        "-d --data --data-ascii --data-binary --data-urlencode --json --url-query -H --header --proxy-header -w --write-out"),
    ("curl", "", Use::Reads, "-F --form -b --cookie -T --upload-file -Q --quote --form-escape"),
    ("curl", "", Use::Address,
        "every --url -x --proxy --preproxy --socks4 --socks4a --socks5 --socks5-hostname --connect-to --resolve --dns-servers --doh-url \
         -e --referer"),
    ("curl", "", Use::Plain,
        "--data-raw --form-string -A --user-agent -m --max-time --connect-timeout --retry --retry-delay -r --range -X \
         --request -u --user --interface --limit-rate -y -Y -z -C -P -E -t --max-redirs"),
    ("wget wget2", "", Use::Runs, "--use-askpass -e --execute --compress --retr-symlinks"),
    ("wget wget2", "", Use::Settings, "-i --input-file --config --load-cookies --post-file --body-file --ca-certificate -B --base"),
    ("wget wget2", "", Use::Writes,
        "-O --output-document -o --output-file -a --append-output -P --directory-prefix --save-cookies --warc-file --rejected-log"),
    ("wget wget2", "", Use::Address, "every --proxy --referer"),
    ("wget wget2", "", Use::Plain, "--header -U --user-agent --post-data --body-data --method -T --timeout -t --tries --user --password"),
    ("aria2c", "", Use::Runs,
        "--on-download-complete --on-download-start --on-download-stop --on-download-error --on-download-pause --on-bt-download-complete"),
    ("aria2c", "", Use::Settings, "-i --input-file --conf-path --load-cookies"),
    ("aria2c", "", Use::Writes, "-o --out -d --dir -l --log --save-session"),
    ("yt-dlp youtube-dl", "", Use::Runs,
        "--exec --exec-before-download --downloader --external-downloader --postprocessor-args --ppa --use-postprocessor --ffmpeg-location \
         --netrc-cmd --plugin-dirs"),
    ("yt-dlp youtube-dl", "", Use::Settings, "--config-location --config-locations -a --batch-file --load-info-json --cookies"),
    ("yt-dlp youtube-dl", "", Use::Writes, "-o --output -P --paths --print-to-file --cache-dir"),
    ("http https xh httpie", "", Use::Writes, "-o --output --session"),
    ("scp sftp", "", Use::Runs, "-S -o -F -D -b -s -J -P"),
    ("scp sftp ftp lftp telnet nc ncat netcat ping traceroute whois dig host nslookup rdesktop xfreerdp vncviewer", "", Use::Address, "every"),
    ("lftp", "", Use::Runs, "-c -e -f"),
    ("nc ncat netcat nc.openbsd nc.traditional", "", Use::Runs, "-e -c --exec --sh-exec --lua-exec --ssl-cert"),
    ("sshfs mosh", "", Use::Runs, "-o -F --ssh --server every"),
    ("ssh-keygen ssh-add ssh-agent", "", Use::Runs, "-D -s -a -P"),
    ("rclone", "", Use::Runs, "--config --password-command --sftp-ssh --metadata-mapper first"),
    ("restic borg", "", Use::Runs, "--password-command -o --option --rsh --remote-path --stdin-from-command"),
    // Opening and showing.
    ("xdg-open open gio gnome-open kde-open kde-open5 exo-open mimeopen handlr x-www-browser sensible-browser www-browser firefox \
      firefox-esr chromium chromium-browser google-chrome google-chrome-stable brave-browser microsoft-edge vivaldi opera epiphany \
      konqueror falkon qutebrowser librewolf lynx w3m links links2 elinks aria2c yt-dlp youtube-dl streamlink mpv vlc cvlc mplayer \
      ffplay totem celluloid thunderbird feh http https xh httpie", "", Use::Address,
        "every --url --new-window --new-tab -new-window -new-tab --private-window -private-window --app --search-url"),
    ("firefox firefox-esr librewolf", "", Use::Plain, "--search -search"),
    ("firefox firefox-esr librewolf thunderbird", "", Use::Settings, "--profile -profile -P -app --remote-debugging-port"),
    ("chromium chromium-browser google-chrome google-chrome-stable brave-browser microsoft-edge vivaldi opera", "", Use::Runs,
        "--renderer-cmd-prefix --gpu-launcher --utility-cmd-prefix --ppapi-plugin-launcher --browser-subprocess-path --no-sandbox \
         --load-extension --user-data-dir --proxy-server --proxy-pac-url --host-rules --host-resolver-rules"),
    ("thunderbird", "", Use::Reads, "-compose --compose"),
    ("gio", "", Use::Chooses, "first"),
    ("gtk-launch dex kstart kstart5 kioclient kioclient5", "", Use::Chooses, "every"),
    ("exo-open", "", Use::Chooses, "--launch"),
    ("mpv", "", Use::Runs,
        "--script --scripts --script-opts --input-commands --input-ipc-server --ytdl-raw-options --script-opt --player-operation-mode \
         --load-scripts --audio-file --sub-file --vf --af --lavfi-complex"),
    ("mpv", "", Use::Settings, "--include --input-conf --config-dir --playlist --profile"),
    ("mpv", "", Use::Writes, "--o -o --stream-record --log-file --screenshot-directory --dump-stats --stream-dump"),
    ("vlc cvlc", "", Use::Runs, "--sout --extraintf --lua-config --intf -I --config --plugin-path --logfile"),
    ("mplayer", "", Use::Settings, "-include -input -playlist -profile"),
    ("mplayer", "", Use::Writes, "-dumpfile -o"),
    ("ffmpeg avconv", "", Use::Writes, "every -progress -report -passlogfile"),
    ("ffmpeg ffplay ffprobe avconv", "", Use::Address, "-i -protocol_whitelist"),
    ("ffmpeg ffplay ffprobe avconv", "", Use::Settings,
        "-vf -af -filter -filter_complex -filter_complex_script -filter_script -lavfi -f -fpre -vpre -apre -attach -sdp_file"),
    ("ffmpeg avconv", "", Use::Plain, "-metadata -t -ss -to -r -s -b -ar -ac -vol -q"),
    ("gst-launch-1.0 gst-launch sox play rec", "", Use::Runs, "every"),
    ("convert magick mogrify identify display composite", "", Use::Runs, "every -write -set -process"),
    ("less more most zless lesspipe", "", Use::Runs, "+ -k --lesskey-file --lesskey-src --lesskey-content -P --prompt"),
    ("less zless", "", Use::Writes, "-o -O --log-file --LOG-FILE -T --tag-file -t --tag"),
    ("man", "", Use::Runs, "-P --pager -H --html -p --preprocessor -X --gxditview -C --config-file -M --manpath -l --local-file"),
    ("rofi dmenu fzf wofi fuzzel sk zenity yad kdialog", "", Use::Runs,
        "-run-command -run-shell-command -terminal -modi -modes -config --preview --bind --preview-window --with-shell --exec --define -D \
         --print0-cmd --button --command --item"),
    ("watch xargs entr inotifywait", "", Use::Runs, "every"),
    // Looking for things.
    ("fd fdfind", "", Use::Runs, "-x --exec -X --exec-batch"),
    ("rg ripgrep", "", Use::Runs, "--pre --hostname-bin --pre-glob"),
    ("rg ripgrep grep egrep fgrep zgrep ag ack", "", Use::Settings, "-f --file --exclude-from --ackrc --pager"),
    ("grep egrep fgrep rg", "", Use::Plain, "-e --regexp"),
    ("locate plocate mlocate", "", Use::Settings, "-d --database"),
    ("updatedb", "", Use::Writes, "-o --output -U"),
    ("ctags etags universal-ctags", "", Use::Runs, "--options --config-filename --_xcmd -L -o -f"),
    ("tree", "", Use::Writes, "-o"),
    ("diff sdiff diff3 colordiff", "", Use::Runs, "--diff-program"),
    ("sdiff patch", "", Use::Writes, "-o --output -r --reject-file"),
    ("patch", "", Use::Settings, "-i --input -d --directory first last"),
    ("jq yq", "", Use::Settings, "-f --from-file -L --library-path --slurpfile --rawfile first"),
    ("file", "", Use::Settings, "-f --files-from -m --magic-file"),
    // Mail and messages.
    ("mail mailx s-nail heirloom-mailx", "", Use::Runs, "-S -A -X -R -E --exec --execute -r every"),
    ("mail mailx s-nail heirloom-mailx", "", Use::Reads, "-a --attach -q -f"),
    ("mail mailx s-nail", "", Use::Plain, "-s --subject"),
    ("mutt neomutt", "", Use::Runs, "-e -F -D -f -H -y every"),
    ("mutt neomutt", "", Use::Reads, "-a -i"),
    ("mutt neomutt", "", Use::Plain, "-s"),
    ("sendmail exim exim4 postfix msmtp ssmtp", "", Use::Runs, "-C -D -O -be -oQ -X --passwordeval --proxy-host --host --config --file"),
    ("notify-send", "", Use::Plain, "-a --app-name -u -t -c -i --icon -h --hint -A --action"),
    // Networks.
    ("nmap", "", Use::Runs, "--script --script-args --script-args-file --datadir --servicedb --versiondb --script-updatedb"),
    ("nmap", "", Use::Settings, "-iL -iR --excludefile --resume --stylesheet"),
    ("nmap", "", Use::Writes, "-oN -oX -oS -oG -oA"),
    ("nmap", "", Use::Address, "every"),
    ("tcpdump tshark dumpcap wireshark", "", Use::Runs, "-z --postrotate-command -X --lua -Xlua_script"),
    ("tcpdump tshark dumpcap wireshark", "", Use::Writes, "-w -W"),
    ("tcpdump tshark", "", Use::Settings, "-F -r -V"),
    ("ip", "", Use::Runs, "-b -batch --batch"),
    ("ip nmcli wpctl pactl amixer brightnessctl loginctl systemctl timedatectl hostnamectl localectl resolvectl bluetoothctl rfkill", "",
        Use::Chooses, "first"),
    ("ip", "netns vrf", Use::Runs, "every"),
    ("systemctl", "set-property edit link enable set-environment import-environment", Use::Runs, "every"),
    ("systemctl journalctl", "", Use::Settings, "--root --image -D --directory --file -H --host -M --machine"),
    ("iptables nft ufw firewall-cmd", "", Use::Runs, "every --modprobe -f --file"),
    ("openvpn wg-quick pppd", "", Use::Runs, "every --up --down --config --script-security --plugin --route-up --tls-verify"),
    ("openssl", "", Use::Runs, "-engine -provider -config -provider-path -pre -passin -passout"),
    ("openssl", "", Use::Writes, "-out -keyout -writerand -CAserial"),
    ("openssl", "", Use::Chooses, "first"),
    ("gpg gpg2", "", Use::Runs, "--agent-program --dirmngr-program --photo-viewer --exec-path --options --homedir --pinentry-mode"),
    ("gpg gpg2", "", Use::Writes, "-o --output --status-file --logger-file --export-filter"),
    // Packages, builds, languages.
    ("apt apt-get apt-cache aptitude", "", Use::Runs, "-o --option -c --config-file"),
    ("dpkg", "", Use::Runs, "--pre-invoke --post-invoke --admindir --root --instdir"),
    ("rpm rpmbuild rpmquery", "", Use::Runs, "-E --eval --pipe -D --define --rcfile --macros --load --initdb"),
    ("dnf yum zypper pacman", "", Use::Runs, "-c --config --setopt --installroot --root -R --hookdir --dbpath --gpgdir"),
    ("apt apt-get aptitude dpkg dnf yum zypper pacman apk snap flatpak brew nix nix-env pip pip3 npm yarn pnpm gem cargo go rustup", "",
        Use::Chooses, "first"),
    ("pip pip3", "", Use::Settings, "-r --requirement -c --constraint -e --editable -i --index-url --extra-index-url -f --find-links --proxy"),
    ("pip pip3 npm yarn pnpm gem", "install add exec run config", Use::Runs, "every"),
    ("cargo", "", Use::Runs, "--config -Z -C --manifest-path --target-dir"),
    ("go", "", Use::Runs, "-exec -toolexec -overlay -modfile -C -ldflags -gcflags"),
    ("flatpak", "", Use::Runs, "--command --env --filesystem --file-forwarding"),
    ("snap nix flatpak", "run shell develop", Use::Runs, "every"),
    ("cc gcc g++ clang clang++ c99 ld", "", Use::Runs, "-wrapper -fplugin -plugin -B -specs -dynamic-linker -Wl @ -T"),
    ("cc gcc g++ clang clang++ c99 ld", "", Use::Writes, "-o -MF -dumpdir"),
    ("java javac jshell kotlin scala", "", Use::Runs, "first @ -cp -classpath --class-path -jar -javaagent -agentlib -agentpath -D -XX"),
    ("dotnet mono wine wine64", "", Use::Runs, "first every"),
    ("cmake ctest cpack", "", Use::Runs, "-P -D -C -S -E -G --build --toolchain --preset -B every"),
    ("pdflatex latex xelatex lualatex tex", "", Use::Runs, "first last every -shell-escape -output-directory -cnf-line"),
    ("pandoc", "", Use::Runs, "-F --filter -L --lua-filter --pdf-engine --pdf-engine-opt -d --defaults --template --data-dir --extract-media -t --to"),
    ("pandoc", "", Use::Writes, "-o --output --log"),
    ("gnuplot", "", Use::Runs, "-e every"),
    ("qemu-system-x86_64 qemu-img qemu kvm virt-install virsh", "", Use::Runs, "every -chardev -drive -monitor -serial -netdev"),
    // Settings of the session.
    ("gsettings dconf xfconf-query kwriteconfig5 kwriteconfig6 kreadconfig5 snapctl", "", Use::Chooses, "first"),
    ("gsettings", "set", Use::Chooses, "every"),
    ("dconf", "write load", Use::Chooses, "every"),
    ("xdg-settings update-alternatives xdg-mime", "", Use::Chooses, "every"),
    ("xrdb xmodmap xinput setxkbmap loadkeys", "", Use::Settings, "every -load -merge -cpp"),
    ("playerctl", "open", Use::Address, "every"),
    ("espeak espeak-ng say spd-say festival", "", Use::Settings, "-f --path -m -w --compile --execute-before-speech"),
    ("espeak espeak-ng", "", Use::Writes, "-w --phonout"),
    ("play-sound aplay paplay pw-play arecord pw-record parecord", "", Use::Writes, "--process-id-file --save-file"),
    ("arecord pw-record parecord", "", Use::Writes, "every"),
    ("logger", "", Use::Settings, "-f --file -u --socket -n --server"),
    ("date touch", "", Use::Settings, "-f --file -r --reference"),
    ("date", "", Use::Chooses, "-s --set"),
    ("env", "", Use::Runs, "-S --split-string -C --chdir"),
    ("sudo doas", "", Use::Runs, "-u -g -h --user --host -R --chroot -D --chdir -C -p"),
];
