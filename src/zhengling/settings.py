"""Django's settings. What a city may change is read in `zhengling.configuration`; the rest is decided here."""

from __future__ import annotations

from csp.constants import NONE, SELF

from zhengling import configuration

CONFIGURATION = configuration.read()
CITY = CONFIGURATION.city
VAR = CONFIGURATION.var
DEMO = CONFIGURATION.demo
PRODUCTION = CONFIGURATION.production
METRICS_TOKEN = CONFIGURATION.metrics_token
FIELD_KEYS = CONFIGURATION.field_keys
# Hosts of the operator's own network that webhooks may call.
WEBHOOK_HOSTS = CONFIGURATION.webhook_hosts
API_REQUESTS_PER_MINUTE = CONFIGURATION.api_requests_per_minute
CHANNELS = CONFIGURATION.channels
SEAL_URL = CONFIGURATION.seal_url
SEAL_TOKEN = CONFIGURATION.seal_token

SECRET_KEY = CONFIGURATION.secret_key
DEBUG = False
ALLOWED_HOSTS = CONFIGURATION.allowed_hosts
CSRF_TRUSTED_ORIGINS = CONFIGURATION.trusted_origins

KERNEL = [
    "law",
    "workdays",
    "organisations",
    "accounts",
    "audit",
    "directory",
    "people",
    "files",
    "outbox",
    "jobs",
    "clients",
    "casework",
    "exchange",
    "reminders",
    "documents",
    "notices",
    "funds",
    "returns",
    "supervision",
]
SERVICES = [
    "medical",
    "medical.clearing",
    "medical.identities",
    "medical.policy",
    "medical.premium",
    "medical.recovery",
]

# Ours come first: their words and templates win over those of the packages.
INSTALLED_APPS = [
    *(f"zhengling.kernel.{room}" for room in KERNEL),
    *(f"zhengling.services.{service}" for service in SERVICES),
    "zhengling.web",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
]

if CONFIGURATION.oidc:
    INSTALLED_APPS += ["allauth.socialaccount", "allauth.socialaccount.providers.openid_connect"]

MIDDLEWARE = [
    "zhengling.web.health.ObservationMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "zhengling.web.middleware.DemoClockMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "zhengling.web.middleware.LanguageMiddleware",
    "zhengling.kernel.clients.problems.ProblemMiddleware",
    "zhengling.web.middleware.NulMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "zhengling.kernel.accounts.middleware.SignInRulesMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "zhengling.web.urls"
WSGI_APPLICATION = "zhengling.web.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "zhengling.web.context.shell",
            ],
            "builtins": ["zhengling.web.templatetags.zhengling", "django.templatetags.i18n"],
        },
    },
]

FORM_RENDERER = "zhengling.web.forms.Renderer"

DATABASES = {"default": configuration.database(CONFIGURATION)}
# `default`, which the sign-in uses: counts of attempts and used one-time codes, the same for all server processes.
# `process`: figures and charts that each process may work out for itself.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "web_shared_counts",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
    "process": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "zhengling.kernel.accounts.passwords.CharacterClassesValidator", "OPTIONS": {"classes": 3}},
    {"NAME": "zhengling.kernel.accounts.passwords.HistoryValidator", "OPTIONS": {"remembered": 5}},
]
PASSWORD_MAX_AGE_DAYS = CONFIGURATION.password_days
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "workbench"
LOGOUT_REDIRECT_URL = "home"

# One person, one account; officers' accounts come from their administrator, residents register on our own page.
ACCOUNT_ADAPTER = "zhengling.kernel.accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
# An office behind one address signs in at half past eight; guessing is stopped by axes, which counts in the database.
ACCOUNT_RATE_LIMITS = {"login": "300/m/ip", "login_failed": "60/m/ip", "signup": "30/h/ip"}
MFA_ADAPTER = "zhengling.kernel.accounts.adapters.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "政令"
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODES_SHOW_ONCE = True
SOCIALACCOUNT_ADAPTER = "zhengling.kernel.accounts.single_signon.ProviderAdapter"
# A link, not a form: the content policy lets no form lead out of this site.
SOCIALACCOUNT_LOGIN_ON_GET = True
if CONFIGURATION.oidc:
    SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {
            "OAUTH_PKCE_ENABLED": True,
            "APPS": [
                {
                    "provider_id": "city",
                    "name": "city",
                    "client_id": CONFIGURATION.oidc["client_id"],
                    "secret": CONFIGURATION.oidc["secret"],
                    "settings": {"server_url": CONFIGURATION.oidc["issuer"]},
                }
            ],
        }
    }
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.5  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "accounts/locked.html"
AXES_HTTP_RESPONSE_CODE = 429
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_USERNAME_CALLABLE = "zhengling.kernel.accounts.lockout.username_of"
AXES_CLIENT_IP_CALLABLE = "zhengling.kernel.accounts.address.client_address"
AXES_CLIENT_STR_CALLABLE = "zhengling.kernel.accounts.lockout.client_words"
AXES_SENSITIVE_PARAMETERS = [
    "login",
    "password",
    "oldpassword",
    "password1",
    "password2",
    "code",
    "id_number",
]
AXES_DISABLE_ACCESS_LOG = True  # sign-ins stand in the audit record
AXES_VERBOSE = False

# Idle time: the middleware renews the session while somebody works.
SESSION_COOKIE_AGE = CONFIGURATION.idle_minutes * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_SAVE_EVERY_REQUEST = False
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
if CONFIGURATION.production:
    SECURE_SSL_REDIRECT = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]
    # Sub-domains of a government's domain belong to other systems, whose transport is not ours to decide.
    SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

# Nothing is loaded from outside, nothing runs inline.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
FORMAT_MODULE_PATH = "zhengling.web.formats"

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
MEDIA_ROOT = VAR / "files"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024
# The longest table of a form has 500 rows (casework/forms.py); beyond that the form itself says so.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
FILE_UPLOAD_PERMISSIONS = 0o600

LOGGING_CONFIG = "zhengling.logs.configure"
LOGGING: dict[str, object] = {}
