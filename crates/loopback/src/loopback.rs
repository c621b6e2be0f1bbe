//! Starts the stand-in providers and stops them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use runtime::{BoxFuture, Runtime};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

use crate::behaviour::Behaviours;
use crate::callbacks::Teller;
use crate::config::Config;
use crate::control::Control;
use crate::desk::{Counts, Desk, Listener};
use crate::error::LoopbackError;
use crate::http::{self, Api};
use crate::record::Received;
use crate::smtp;
use crate::twilio::Twilio;
use crate::whatsapp::WhatsApp;

/// Most connections at once, for each listener; more wait to be accepted.
const MAX_CONNECTIONS: usize = 1024;
/// How long nothing is accepted after the operating system refused to.
const AFTER_A_FAILURE: Duration = Duration::from_millis(50);

/// Where the providers listen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Addresses {
    /// SMTP.
    pub smtp: SocketAddr,
    /// The SMS API, to be used as `http://{address}`.
    pub sms: SocketAddr,
    /// The WhatsApp API, to be used as `http://{address}`.
    pub whatsapp: SocketAddr,
    /// The control endpoint, at `http://{address}/control`.
    pub control: SocketAddr,
}

/// Running stand-in providers, which stop when this is dropped.
pub struct Loopback {
    addresses: Addresses,
    desk: Arc<Desk>,
    stop: watch::Sender<bool>,
}

impl Loopback {
    /// Starts them; whatever port could not be had is an error, and then none runs.
    pub async fn start(config: &Config, runtime: Runtime) -> Result<Self, LoopbackError> {
        Self::launch(config, runtime, None).await
    }

    /// Starts them, and calls the listener with each submission, taken or not, after it is recorded and before it is
    /// answered. The listener must return soon; it is called from several threads at once.
    pub async fn start_with(
        config: &Config,
        runtime: Runtime,
        on_message: impl Fn(&Received) + Send + Sync + 'static,
    ) -> Result<Self, LoopbackError> {
        Self::launch(config, runtime, Some(Arc::new(on_message))).await
    }

    /// Where they listen.
    pub const fn addresses(&self) -> Addresses {
        self.addresses
    }

    /// How they behave now, and how many submissions met which verdict.
    pub fn state(&self) -> (Behaviours, Counts) {
        self.desk.state()
    }

    /// Changes how they behave, from the next submission on.
    pub fn behave(&self, behaviours: Behaviours) -> Result<(), LoopbackError> {
        self.desk.behave(behaviours)
    }

    /// Closes the listeners and every connection.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    async fn launch(
        config: &Config,
        runtime: Runtime,
        listener: Option<Listener>,
    ) -> Result<Self, LoopbackError> {
        if !config.ip.is_loopback() {
            return Err(LoopbackError::NotLoopback(config.ip));
        }
        let smtp = Socket::bind("smtp", config, config.smtp_port).await?;
        let sms = Socket::bind("sms", config, config.sms_port).await?;
        let whatsapp = Socket::bind("whatsapp", config, config.whatsapp_port).await?;
        let control = Socket::bind("control", config, config.control_port).await?;
        let addresses = Addresses {
            smtp: smtp.address,
            sms: sms.address,
            whatsapp: whatsapp.address,
            control: control.address,
        };
        let desk = Arc::new(Desk::open(config, runtime.clone(), listener)?);
        let open = |told| Teller::open(config, told, runtime.clone(), Arc::clone(&desk));
        let teller = config.callbacks.clone().map(open).transpose()?;
        let (stop, stopped) = watch::channel(false);
        let front = Front { desk: Arc::clone(&desk), runtime, stopped };
        front.mail(smtp);
        let auth_token = config.sms_auth_token.clone();
        front.api(sms, Twilio { desk: Arc::clone(&desk), auth_token, teller: teller.clone() });
        let access_token = config.whatsapp_access_token.clone();
        front.api(whatsapp, WhatsApp { desk: Arc::clone(&desk), access_token, teller: teller.clone() });
        front.api(control, Control { desk: Arc::clone(&desk), teller });
        Ok(Self { addresses, desk, stop })
    }
}

struct Socket {
    listener: TcpListener,
    address: SocketAddr,
}

impl Socket {
    async fn bind(provider: &'static str, config: &Config, port: u16) -> Result<Self, LoopbackError> {
        let asked = SocketAddr::new(config.ip, port);
        let fail = |source| LoopbackError::Listen { provider, address: asked, source };
        let listener = TcpListener::bind(asked).await.map_err(fail)?;
        let address = listener.local_addr().map_err(fail)?;
        Ok(Self { listener, address })
    }
}

type Serve = Arc<dyn Fn(TcpStream) -> BoxFuture<'static, ()> + Send + Sync>;

struct Front {
    desk: Arc<Desk>,
    runtime: Runtime,
    stopped: watch::Receiver<bool>,
}

impl Front {
    fn mail(&self, socket: Socket) {
        let desk = Arc::clone(&self.desk);
        self.open(socket, Arc::new(move |stream| Box::pin(smtp::serve(stream, Arc::clone(&desk)))));
    }

    fn api(&self, socket: Socket, api: impl Api) {
        let (api, desk): (Arc<dyn Api>, _) = (Arc::new(api), Arc::clone(&self.desk));
        self.open(
            socket,
            Arc::new(move |stream| Box::pin(http::serve(stream, Arc::clone(&api), Arc::clone(&desk)))),
        );
    }

    fn open(&self, socket: Socket, serve: Serve) {
        let accepting = accept(socket.listener, serve, self.runtime.clone(), self.stopped.clone());
        self.runtime.tasks.spawn("loopback listener", Box::pin(accepting));
    }
}

/// Accepts until told to stop; then the listener and all its connections are dropped.
async fn accept(listener: TcpListener, serve: Serve, runtime: Runtime, stopped: watch::Receiver<bool>) {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut told = stopped.clone();
    loop {
        let place = Arc::clone(&places).acquire_owned();
        let accepted = async { (place.await, listener.accept().await) };
        let (place, accepted) = tokio::select! {
            biased;
            () = until_stopped(&mut told) => return,
            next = accepted => next,
        };
        let Ok((stream, _)) = accepted else {
            // A client that was gone at once, or no file handle left: the next may do better, a little later.
            runtime.clock.sleep(AFTER_A_FAILURE).await;
            continue;
        };
        // Small answers must not wait for an acknowledgement; where the option can't be set they are only slower.
        let _slower_at_worst = stream.set_nodelay(true);
        let (work, mut told) = (serve(stream), stopped.clone());
        runtime.tasks.spawn(
            "loopback connection",
            Box::pin(async move {
                let _place = place;
                tokio::select! {
                    biased;
                    () = until_stopped(&mut told) => {}
                    () = work => {}
                }
            }),
        );
    }
}

async fn until_stopped(stopped: &mut watch::Receiver<bool>) {
    // An error means that the handle was dropped, which stops them as well.
    let _dropped_counts_too = stopped.wait_for(|stop| *stop).await;
}
