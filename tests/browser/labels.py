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
    "E-mail address": "Correo electrónico",
    "Password": "Contraseña",
    "Show password": "Mostrar la contraseña",
    "Verify your identity": "Verifique su identidad",
    "Which plan did you choose?": "¿Qué plan eligió?",
    "What is the full monthly premium of your plan, before any tax credit?": (
        "¿Cuál es la prima mensual completa de su plan, antes de cualquier crédito fiscal?"
    ),
    "Which ZIP code did you give for your home?": "¿Qué código postal dio para su domicilio?",
    "The answers do not fit together": "Las respuestas no coinciden",
    "None of these": "Ninguna de estas opciones",
    "Send my answers": "Enviar mis respuestas",
    "Your account is ready": "Su cuenta está lista",
    "Go to my dashboard": "Ir a mi panel",
    # seeing and paying
    "Hello, %(name)s": "Hola, %(name)s",
    "Bill for": "Factura de",
    "Lines of this bill": "Líneas de esta factura",
    "Make a Payment: amount and day": "Hacer un pago: importe y día",
    "All that is due": "Todo lo pendiente",
    "Another amount": "Otro importe",
    "Amount, if another one": "Importe, si es otro",
    "Make a Payment: card": "Hacer un pago: tarjeta",
    "Another card": "Otra tarjeta",
    "Card number": "Número de tarjeta",
    "Expiration date": "Fecha de vencimiento",
    "Security code": "Código de seguridad",
    "Enter the card number.": "Escriba el número de la tarjeta.",
    "Please check the card details.": "Revise los datos de la tarjeta.",
    "Make a Payment: review": "Hacer un pago: revisión",
    "Thank you. Your payment is made.": "Gracias. Su pago está hecho.",
    "Your payment was declined": "Su pago fue rechazado",
    "Payment %(reference)s": "Pago %(reference)s",
    "Receipt (PDF)": "Recibo (PDF)",
    "Succeeded": "Completado",
    "Pay %(sum)s now": "Pagar %(sum)s ahora",
    "On a later day": "Otro día más adelante",
    "The later day": "El día elegido",
    "Schedule": "Programar",
    "Your payment is scheduled": "Su pago está programado",
    "See this payment": "Ver este pago",
    "Payment": "Pago",
    "Cancel this payment": "Cancelar este pago",
    "This payment was canceled": "Este pago se canceló",
    "What you owe has changed": "Lo que usted debe ha cambiado",
    # help
    "Payment reference number": "Número de referencia del pago",
    "Track": "Rastrear",
    "What is it about?": "¿De qué se trata?",
    "Your message": "Su mensaje",
    "Send": "Enviar",
    "We have received your message": "Recibimos su mensaje",
    "Case": "Caso",
    "Write on": "Seguir escribiendo",
    # settings
    "Payment methods": "Métodos de pago",
    "Remove": "Eliminar",
    "Remove this card": "Eliminar esta tarjeta",
    "Keep it": "Conservarla",
    "Add this card": "Agregar esta tarjeta",
    "About you": "Sobre usted",
    "Password and devices": "Contraseña y dispositivos",
    "The password that you have now": "La contraseña que tiene ahora",
    "New password": "Nueva contraseña",
    "Change my password": "Cambiar mi contraseña",
    # coming back
    "You are logged out.": "Ha cerrado la sesión.",
    "Your session has ended.": "Su sesión ha terminado.",
    "User name or e-mail address": "Nombre de usuario o correo electrónico",
    "Forgot Password": "Olvidé mi contraseña",
    "Send me a link": "Enviarme un enlace",
    "Look into your e-mail": "Revise su correo electrónico",
    "Choose a new password": "Elija una nueva contraseña",
    "Set my new password": "Guardar mi nueva contraseña",
    "Your new password is set.": "Su nueva contraseña está guardada.",
    "This link cannot be used any more": "Este enlace ya no se puede usar",
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
