"""The names of headings, fields and buttons by which the stories find their way, in both languages.

A story is told in English; a Spanish page is searched for the words here, so that a text without a translation is
found out. Next: `walker.py` asks for them.
"""

import re

SPANISH = {
    # the frame
    "Log In": "Iniciar sesión",
    "Create Account": "Crear cuenta",
    "Help": "Ayuda",
    "Dashboard": "Panel",
    "Make a Payment": "Hacer un pago",
    "Payment History": "Historial de pagos",
    "Bills": "Facturas",
    "Settings": "Configuración",
    "Log out": "Cerrar sesión",
    "Menu": "Menú",
    "Contact Support": "Contactar a soporte",
    "Track a payment": "Rastrear un pago",
    # before the account
    "Pay for your health insurance": "Pague su seguro médico",
    "Create Account: about you": "Crear cuenta: sobre usted",
    "First name": "Nombre",
    "Last name": "Apellido",
    "Month": "Mes",
    "Day": "Día",
    "Year": "Año",
    "Social Security Number": "Número de Seguro Social",
    "Continue": "Continuar",
    "Create Account: user name and password": "Crear cuenta: nombre de usuario y contraseña",
    "User name": "Nombre de usuario",
    "Email address": "Correo electrónico",
    "Password": "Contraseña",
    "Show password": "Mostrar la contraseña",
    "Verify your identity": "Verifique su identidad",
    "Which plan did you choose?": "¿Qué plan eligió?",
    "What is the full monthly premium of your plan, before any tax credit?": (
        "¿Cuál es la prima mensual completa de su plan, antes de cualquier crédito fiscal?"
    ),
    "Which ZIP code did you give for your home?": "¿Qué código postal dio para su domicilio?",
    "The answers do not match our records": "Las respuestas no coinciden con nuestros datos",
    "None of these": "Ninguna de estas opciones",
    "Send my answers": "Enviar mis respuestas",
    "Your account is ready": "Su cuenta está lista",
    "Go to my dashboard": "Ir a mi panel",
    # seeing and paying
    "Hello, %(name)s": "Hola, %(name)s",
    "Bill for": "Factura de",
    "Lines of this bill": "Conceptos de esta factura",
    "Make a Payment: amount and day": "Hacer un pago: monto y día",
    "Full amount due": "Todo lo que debe",
    "Another amount": "Un monto distinto",
    "Other amount": "Otro monto",
    "Make a Payment: card": "Hacer un pago: tarjeta",
    "Another card": "Otra tarjeta",
    "Card number": "Número de tarjeta",
    "Expiration date": "Fecha de vencimiento",
    "Security code": "Código de seguridad",
    "Enter the card number.": "Escriba el número de la tarjeta.",
    "Please check the card details.": "Revise los datos de la tarjeta.",
    "Make a Payment: review": "Hacer un pago: revisión",
    "Thank you. Your payment went through.": "Gracias. Su pago se realizó con éxito.",
    "Your payment was declined": "Su pago fue rechazado",
    "Payment %(reference)s": "Pago %(reference)s",
    "Receipt (PDF)": "Recibo (PDF)",
    "Succeeded": "Completado",
    "Pay %(sum)s now": "Pagar %(sum)s ahora",
    "On a later day": "Otro día más adelante",
    "Day of the payment": "Día del pago",
    "Schedule": "Programar",
    "Your payment is scheduled": "Su pago está programado",
    "See this payment": "Ver este pago",
    "Payment": "Pago",
    "Cancel this payment": "Cancelar este pago",
    "Cancel this payment?": "¿Cancelar este pago?",
    "The payment is canceled.": "El pago se canceló.",
    "What you owe has changed": "Lo que usted debe ha cambiado",
    # help
    "Payment reference number": "Número de referencia del pago",
    "Track": "Rastrear",
    "What is it about?": "¿De qué se trata?",
    "Your message": "Su mensaje",
    "Send": "Enviar",
    "We have received your message": "Recibimos su mensaje",
    "Case": "Caso",
    "Add a message": "Agregar un mensaje",
    # settings
    "Billing Information": "Información de facturación",
    "Remove": "Eliminar",
    "Remove this card": "Eliminar esta tarjeta",
    "Keep it": "Conservarla",
    "Add this card": "Agregar esta tarjeta",
    "About you": "Sobre usted",
    "Password and devices": "Contraseña y dispositivos",
    "Current password": "Contraseña actual",
    "New password": "Nueva contraseña",
    "Change my password": "Cambiar mi contraseña",
    # coming back
    "You are logged out.": "Ha cerrado la sesión.",
    "Your session has ended.": "Su sesión ha terminado.",
    "User name or email address": "Nombre de usuario o correo electrónico",
    "Forgot Password": "Olvidé mi contraseña",
    "Send me a link": "Enviarme un enlace",
    "Check your email": "Revise su correo electrónico",
    "Choose a new password": "Elija una nueva contraseña",
    "Set my new password": "Guardar mi nueva contraseña",
    "Your new password is set.": "Su nueva contraseña está guardada.",
    "This link no longer works": "Este enlace ya no funciona",
    # errors
    "Please check": "Revise",
    "We could not find that page": "No encontramos esa página",
    "This page was open for too long": "Esta página estuvo abierta demasiado tiempo",
}


class Words:
    """The words of one language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, english: str, **values: str) -> str:
        """The text in this language, with its values."""
        text = english if self.language == "en" else SPANISH[english]
        return text % values if values else text

    def beginning(self, english: str, **values: str) -> re.Pattern[str]:
        """A pattern for a text that begins so."""
        return re.compile(rf"^\s*{re.escape(self(english, **values))}")
