//! A sandbox denies access to the network and to sockets, unless its program may use them.
#![cfg(target_os = "linux")]
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used)] // In a test, a failed unwrap is the failure.

mod support;

use heaplab_sandbox::Spec;
use std::net::{TcpListener, UdpSocket};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use support::{Stage, everyone};

#[test]
fn network_access_is_denied() {
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let tcp_port = tcp.local_addr().unwrap().port().to_string();
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    let udp_port = udp.local_addr().unwrap().port().to_string();
    let name = format!("heaplab-sandbox-{}", std::process::id());
    let address = SocketAddr::from_abstract_name(&name).unwrap();
    let _local = UnixListener::bind_addr(&address).unwrap();
    let attempts =
        [["connect", &tcp_port], ["bind", ""], ["send-udp", &udp_port], ["local-socket", &name]];
    for stage in everyone().into_iter().map(Stage::of) {
        for attempt in &attempts {
            stage.works_free(attempt);
            for fork in [false, true] {
                let spec = Spec { fork, ..stage.spec() };
                stage.refused(&spec, attempt);
            }
        }
    }
}

#[test]
fn a_permitted_program_can_use_the_network() {
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = tcp.local_addr().unwrap().port().to_string();
    for stage in everyone().into_iter().map(Stage::of) {
        let spec = Spec { network: true, ..stage.spec() };
        stage.works(&spec, &["connect", &port]);
        stage.works(&spec, &["bind"]);
    }
}

/// If the kernel does not have Landlock or namespaces, seccomp still denies sockets.
#[test]
fn network_access_is_denied_without_landlock_or_namespaces() {
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = tcp.local_addr().unwrap().port().to_string();
    for who in everyone() {
        for words in ["no-landlock", "no-namespaces", "no-landlock,no-namespaces"] {
            let stage = Stage::under(who, words);
            stage.refused(&stage.spec(), &["connect", &port]);
        }
    }
}
