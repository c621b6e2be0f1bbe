//! Brings a connection up: TCP, TLS, EHLO, login. Nothing of any message is said here.

use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use tokio::net::TcpStream;

use crate::error::EmailError;
use crate::settings::{Security, SmtpSettings};

/// Why there is no connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Closed {
    /// The server can't be reached, or does not speak as it must.
    Unreachable,
    /// It does not take the login.
    NotAdmitted,
}

/// What it takes to connect.
pub(crate) struct Connector {
    host: String,
    port: u16,
    security: Security,
    tls: Option<TlsParameters>,
    hello: ClientId,
    credentials: Option<Credentials>,
}

impl Connector {
    pub(crate) fn new(settings: &SmtpSettings) -> Result<Self, EmailError> {
        let tls = match settings.security {
            Security::Tls | Security::StartTls => Some(tls(settings).map_err(EmailError::Tls)?),
            Security::Plain => None,
        };
        let login = settings.login.as_ref();
        Ok(Self {
            host: settings.host.clone(),
            port: settings.port,
            security: settings.security,
            tls,
            hello: ClientId::Domain(settings.hello_name.clone()),
            credentials: login.map(|login| Credentials::new(login.user.clone(), login.password.clone())),
        })
    }

    /// A connection that is ready for MAIL.
    pub(crate) async fn connect(&self) -> Result<AsyncSmtpConnection, Closed> {
        let mut connection = self.secured().await?;
        if let Some(credentials) = &self.credentials {
            let admitted = connection.auth(&[Mechanism::Plain, Mechanism::Login], credentials).await;
            match admitted {
                Ok(_) => {}
                // A refusal, or no mechanism in common; anything else is the connection's failure.
                Err(error) if error.is_permanent() || error.is_client() => return Err(Closed::NotAdmitted),
                Err(_) => return Err(Closed::Unreachable),
            }
        }
        Ok(connection)
    }

    async fn secured(&self) -> Result<AsyncSmtpConnection, Closed> {
        match (self.security, &self.tls) {
            (Security::Tls, Some(tls)) => {
                let server = (self.host.as_str(), self.port);
                let tls = Some(tls.clone());
                let connecting = AsyncSmtpConnection::connect_tokio1(server, None, &self.hello, tls, None);
                connecting.await.map_err(|_| Closed::Unreachable)
            }
            (Security::StartTls, Some(tls)) => {
                let mut connection = self.open().await?;
                let upgraded = connection.starttls(tls.clone(), &self.hello).await;
                upgraded.map(|()| connection).map_err(|_| Closed::Unreachable)
            }
            (Security::Plain, None) => self.open().await,
            // `new` makes no such pair; and without its TLS a connection must not be.
            (Security::Tls | Security::StartTls, None) | (Security::Plain, Some(_)) => {
                Err(Closed::Unreachable)
            }
        }
    }

    async fn open(&self) -> Result<AsyncSmtpConnection, Closed> {
        let connecting = TcpStream::connect((self.host.as_str(), self.port));
        let stream = connecting.await.map_err(|_| Closed::Unreachable)?;
        // lettre writes a mail and its dot one after the other; the dot must not wait for an acknowledgement.
        let _slower_at_worst = stream.set_nodelay(true);
        let greeted = AsyncSmtpConnection::connect_with_transport(Box::new(stream), &self.hello).await;
        greeted.map_err(|_| Closed::Unreachable)
    }
}

fn tls(settings: &SmtpSettings) -> Result<TlsParameters, lettre::transport::smtp::Error> {
    let mut builder = TlsParameters::builder(settings.host.clone());
    if let Some(pem) = &settings.ca_certificate_pem {
        builder = builder.add_root_certificate(Certificate::from_pem(pem)?);
    }
    builder.build()
}
